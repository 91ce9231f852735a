{{- define "zhiyin.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Of one part: (list . "server") */}}
{{- define "zhiyin.selector" -}}
app.kubernetes.io/name: {{ (index . 0).Chart.Name }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "zhiyin.labels" -}}
{{ include "zhiyin.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- end }}

{{/* (list image defaultTag) */}}
{{- define "zhiyin.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ $image.tag | default (index . 1) }}{{ end }}
{{- end }}

{{- define "zhiyin.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "zhiyin.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "zhiyin.backupsClaim" -}}
{{- .Values.backups.existingClaim | default (printf "%s-backups" (include "zhiyin.name" .)) }}
{{- end }}

{{/* WAREHOUSE_FILES: credentials never stand in it. */}}
{{- define "zhiyin.files" -}}
{{- $s3 := .Values.storage.s3 -}}
{{- if eq .Values.storage.kind "folder" -}}
file:///srv/zhiyin/lake
{{- else -}}
s3://{{ $s3.bucket }}{{ with $s3.prefix }}/{{ . }}{{ end }}?{{ with $s3.endpoint }}endpoint={{ . }}&{{ end }}region={{ $s3.region }}&pathStyle={{ $s3.pathStyle }}
{{- end }}
{{- end }}

{{/* Kubernetes' own profile "restricted". 1000 is the user of both images. */}}
{{- define "zhiyin.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
# A lake or a folder of backups is not walked through at each start.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "zhiyin.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities: { drop: [ALL] }
{{- end }}

{{/* The machine of another of the same part is avoided, then its zone. (list . component spread) */}}
{{- define "zhiyin.spread" -}}
{{- $labels := include "zhiyin.selector" . -}}
topologySpreadConstraints:
  {{- range $i, $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: {{ eq $i 0 | ternary (index $ 2) "ScheduleAnyway" }}
    # Those of the version before do not count while they are replaced.
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- $labels | nindent 8 }}
  {{- end }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- $labels | nindent 14 }}
{{- end }}

{{/* What a schema cannot say: values that do not fit together. */}}
{{- define "zhiyin.check" -}}
{{- $v := .Values -}}
{{- $memory := $v.server.memory -}}
{{- $least := add $memory.heapMiB $memory.workbenchMiB 512 -}}
{{- if lt (int $memory.limitMiB) (int $least) }}
  {{- fail (printf "server.memory.limitMiB is %d, but heapMiB and workbenchMiB and 512 for all else are %d: raise the limit or lower the others" (int $memory.limitMiB) (int $least)) }}
{{- end }}
{{- if lt (int $memory.limitMiB) (int $memory.requestMiB) }}
  {{- fail "server.memory.requestMiB is more than server.memory.limitMiB" }}
{{- end }}
{{- if and $v.ingress.enabled (not $v.server.trustProxy) }}
  {{- fail "server.trustProxy is empty: name the addresses of the ingress controller, or all callers share one limit on sign-in" }}
{{- end }}
{{- if and $v.ingress.enabled (not $v.ingress.host) }}
  {{- fail "ingress.host is empty: say under which name the servers are reached" }}
{{- end }}
{{- if and (eq $v.storage.kind "folder") (not $v.storage.folder.existingClaim) }}
  {{- fail "storage.folder.existingClaim is empty: storage.kind folder needs a claim that all servers and Trino can write" }}
{{- end }}
{{- if and $v.autoscaling.enabled (gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) }}
  {{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas" }}
{{- end }}
{{- if and $v.networkPolicy.enabled (not $v.networkPolicy.from) }}
  {{- fail "networkPolicy.from is empty: say who may call the servers, or every pod of the cluster could give itself any address" }}
{{- end }}
{{- if and $v.trino.enabled (not $v.trino.catalog.host) }}
  {{- fail "trino.catalog.host is empty: name the PostgreSQL that lists the lake's tables" }}
{{- end }}
{{- range $where, $image := dict "image" $v.image "trino.image" $v.trino.image "trino.catalog.image" $v.trino.catalog.image }}
  {{- if and (eq ($image.tag | default "") "latest") (not $image.digest) }}
    {{- fail (printf "%s.tag is latest, which is another program tomorrow: name a version" $where) }}
  {{- end }}
{{- end }}
{{- range $where, $names := dict "server.env" $v.server.env "telemetry" $v.telemetry }}
  {{- range $name, $value := $names }}
    {{- if regexMatch "SECRET|PASSWORD|TOKEN|KEY_ID|HEADERS|DATABASE_URL|WAREHOUSE_URL|_FILE$" $name }}
      {{- fail (printf "%s.%s holds or names a secret: make a Secret of it and name that under secrets" $where $name) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
