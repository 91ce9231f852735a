import assert from 'node:assert/strict'
import { test } from 'node:test'
import Ajv from 'ajv'
import { parse, parseAllDocuments } from 'yaml'
import { cases, hasHelm, hashOfChart, head, template } from './helm/render.mjs'
import { faultsOf, mebibytesOf, read, secretsInClear, serverFaults, trinoFaults } from './rules.mjs'

const ajv = new Ajv({ strict: false, validateFormats: false })
const { kinds, ...definitions } = JSON.parse(read('deploy', 'schemas', 'kubernetes-1.34.json'))
ajv.addSchema(definitions, 'kubernetes')
const schemaOf = (kind) => ajv.compile({ $ref: `kubernetes#/definitions/${kinds[kind]}` })
const validators = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, schemaOf(kind)]))

const golden = (name) => read('deploy', 'helm', 'golden', `${name}.yaml`)
const manifestsOf = (text) =>
  parseAllDocuments(text)
    .map((document) => {
      assert.deepEqual(document.errors, [])
      return document.toJS()
    })
    .filter(Boolean)
const rendered = Object.fromEntries(cases().map((name) => [name, manifestsOf(golden(name))]))
const podsOf = (manifests) => manifests.filter(({ kind }) => kind === 'Deployment')
const has = (labels, wanted) => Object.entries(wanted).every(([key, value]) => labels[key] === value)

function containerOf(container, { spec: pod }, once = false) {
  const { securityContext: own, resources } = container
  return {
    name: container.name,
    image: container.image,
    env: Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value])),
    cpu: resources?.limits?.cpu,
    memory: resources?.limits?.memory,
    once,
    probes: ['startupProbe', 'readinessProbe', 'livenessProbe'].filter((probe) => container[probe]),
    readOnly: own.readOnlyRootFilesystem,
    dropsAll: own.capabilities.drop.includes('ALL'),
    escalates: own.allowPrivilegeEscalation !== false,
    asRoot: !pod.securityContext.runAsNonRoot || !(pod.securityContext.runAsUser > 0),
  }
}

function serverOf(manifests) {
  const { spec, metadata } = manifests.find(
    ({ kind, metadata }) => kind === 'Deployment' && !/-trino-/.test(metadata.name),
  )
  const { spec: pod } = spec.template
  const [container] = pod.containers
  const settings = manifests.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === container.envFrom[0].configMapRef.name,
  )
  const { mountPath } = container.volumeMounts.find(({ name }) => name === 'secrets')
  const { sources } = pod.volumes.find(({ name }) => name === 'secrets').projected
  return {
    name: metadata.name,
    spec,
    pod,
    container,
    args: container.args,
    env: settings.data,
    graceSeconds: pod.terminationGracePeriodSeconds,
    memoryMiB: mebibytesOf(container.resources.limits.memory),
    secretFiles: sources.flatMap(({ secret }) => secret.items.map(({ path }) => `${mountPath}/${path}`)),
  }
}

test('what is kept of the chart was rendered from it as it is', () => {
  for (const name of cases())
    assert.ok(
      golden(name).startsWith(head()),
      `${name}: run \`node deploy/helm/render.mjs\`, which needs Helm (${hashOfChart()})`,
    )
})

test('the version that the chart installs is the program’s', () => {
  const { version } = JSON.parse(read('package.json'))
  assert.equal(parse(read('deploy', 'helm', 'zhiyin', 'Chart.yaml')).appVersion, version)
})

for (const [name, manifests] of Object.entries(rendered)) {
  const server = serverOf(manifests)

  test(`${name}: each manifest is what Kubernetes says, and nothing in it is misspelt`, () => {
    for (const manifest of manifests) {
      const valid = validators[manifest.kind]
      assert.ok(valid?.(manifest), `${manifest.kind} ${manifest.metadata.name}: ${ajv.errorsText(valid?.errors)}`)
    }
    const misspelt = structuredClone(podsOf(manifests)[0])
    misspelt.spec.template.spec.containers[0].readinesProbe = {}
    assert.equal(validators.Deployment(misspelt), false)
  })

  test(`${name}: each container is pinned, limited, asked how it is, and restricted`, () => {
    for (const { spec } of podsOf(manifests)) {
      const { spec: pod } = spec.template
      for (const container of pod.containers) {
        assert.deepEqual(faultsOf(containerOf(container, spec.template)), [])
        assert.equal(containerOf(container, spec.template).probes.length, 3)
      }
      for (const container of pod.initContainers ?? [])
        assert.deepEqual(faultsOf(containerOf(container, spec.template, true)), [])
      assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault')
      assert.equal(pod.automountServiceAccountToken, false)
      for (const volume of pod.volumes) assert.equal(volume.hostPath, undefined)
      const mounted = [...pod.containers, ...(pod.initContainers ?? [])].flatMap((one) =>
        one.volumeMounts.map((mount) => mount.name),
      )
      assert.deepEqual(new Set(mounted), new Set(pod.volumes.map((volume) => volume.name)))
    }
  })

  test(`${name}: servers drain before they are killed, are replaced one by one, and name what exists`, () => {
    assert.deepEqual(serverFaults(server), [])
    assert.deepEqual(server.spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } })
    const { readinessProbe, livenessProbe, startupProbe } = server.container
    assert.equal(readinessProbe.httpGet.path, '/api/v1/ready')
    for (const probe of [livenessProbe, startupProbe]) assert.equal(probe.httpGet.path, '/api/v1/live')
    const drain = Number(server.args[server.args.indexOf('--drain-seconds') + 1])
    assert.ok(readinessProbe.periodSeconds * readinessProbe.failureThreshold < drain)
    assert.equal(serverFaults({ ...server, graceSeconds: drain + 40 }).length, 1)
    assert.equal(serverFaults({ ...server, env: { ...server.env, ZHIYIN_BACKUP: '/x' } }).length, 1)
  })

  test(`${name}: ports, names and labels agree`, () => {
    const [port] = server.container.ports
    assert.equal(server.args[server.args.indexOf('--port') + 1], String(port.containerPort))
    assert.equal(server.env.ZHIYIN_PORT, String(port.containerPort))
    const labels = podsOf(manifests).map(({ spec }) => spec.template.metadata.labels)
    for (const { kind, metadata, spec } of manifests) {
      const selector = {
        Service: spec?.selector,
        PodDisruptionBudget: spec?.selector?.matchLabels,
        Deployment: spec?.selector?.matchLabels,
      }[kind]
      if (selector) assert.equal(labels.filter((one) => has(one, selector)).length, 1, `${kind} ${metadata.name}`)
    }
    const services = manifests.filter(({ kind }) => kind === 'Service')
    const service = services.find(({ metadata }) => metadata.name === server.name)
    assert.equal(service.spec.ports[0].targetPort, port.name)
    assert.equal(service.spec.sessionAffinity, 'None')
    for (const { spec } of manifests.filter(({ kind }) => kind === 'Ingress'))
      for (const { backend } of spec.rules[0].http.paths)
        assert.deepEqual(backend.service, { name: service.metadata.name, port: { name: service.spec.ports[0].name } })
    const inside = /^trino:\/\/zhiyin@([^:]+):(\d+)\//.exec(server.env.WAREHOUSE_URL ?? '')
    if (inside) {
      const trino = services.find(({ metadata }) => metadata.name === inside[1])
      assert.equal(String(trino.spec.ports[0].port), inside[2])
    }
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap')
    for (const { spec } of podsOf(manifests))
      for (const { configMap } of spec.template.spec.volumes.filter(
        (volume) => volume.configMap && volume.name === 'config',
      ))
        for (const { key } of configMap.items)
          assert.ok(
            maps.find(({ metadata }) => metadata.name === configMap.name)?.data[key],
            `${configMap.name} ${key}`,
          )
  })

  test(`${name}: no secret stands in clear`, () => {
    assert.equal(
      manifests.some(({ kind }) => kind === 'Secret'),
      false,
    )
    assert.deepEqual(secretsInClear(golden(name)), [])
  })

  test(`${name}: Trino starts with its limits, its catalog is the one that was tried, and its groups are JSON`, () => {
    for (const { metadata, data } of manifests.filter(
      ({ kind, metadata }) => kind === 'ConfigMap' && /-trino-/.test(metadata.name),
    )) {
      const heapMiB = Number(/^-Xmx(\d+)M$/m.exec(data['jvm.config'])[1])
      assert.deepEqual(trinoFaults({ name: metadata.name, config: data['config.properties'], heapMiB }), [])
      for (const [, key] of read('scripts', 'cluster', 'trino.mjs').matchAll(/^ +'(iceberg\.[^']+)':/gm))
        assert.match(data['lake.properties'], new RegExp(`^${key}=`, 'm'))
      if (data['resource-groups.json']) assert.ok(JSON.parse(data['resource-groups.json']).selectors.length > 0)
      const worker = metadata.name.endsWith('-worker')
      const { spec } = manifests.find(({ kind, metadata: { name } }) => kind === 'Deployment' && name === metadata.name)
      const memory = mebibytesOf(spec.template.spec.containers[0].resources.limits.memory)
      assert.ok(heapMiB < memory * 0.8, `${worker ? 'worker' : 'coordinator'}: ${heapMiB} of ${memory}`)
    }
  })
}

test('values that are wrong are refused by their name, and those of the chart are right', () => {
  const valid = ajv.compile(JSON.parse(read('deploy', 'helm', 'zhiyin', 'values.schema.json')))
  const values = parse(read('deploy', 'helm', 'zhiyin', 'values.yaml'))
  const over = (below, above) => {
    if (!below || !above || typeof above !== 'object' || Array.isArray(above)) return above
    const mine = Object.entries(above).map(([key, value]) => [key, over(below[key], value)])
    return { ...below, ...Object.fromEntries(mine) }
  }
  const refusal = (change) => (valid(over(values, change)) ? undefined : valid.errors[0].instancePath)
  assert.equal(refusal({}), undefined)
  for (const name of cases().slice(1))
    assert.equal(refusal(parse(read('deploy', 'helm', 'zhiyin', 'ci', `${name}-values.yaml`))), undefined, name)
  assert.equal(refusal({ replicas: 'two' }), '/replicas')
  assert.equal(refusal({ replica: 2 }), '')
  assert.equal(refusal({ server: { port: 80 } }), '/server/port')
  assert.equal(refusal({ server: { drainSeconds: 0 } }), '/server/drainSeconds')
  assert.equal(refusal({ server: { trustProxy: 'true' } }), '/server/trustProxy')
  assert.equal(refusal({ storage: { kind: 'nfs' } }), '/storage/kind')
  assert.equal(refusal({ storage: { s3: { endpoint: 'https://key:secret@host' } } }), '/storage/s3/endpoint')
  assert.equal(refusal({ ingress: { host: 'https://zhiyin' } }), '/ingress/host')
  assert.equal(refusal({ telemetry: { ZHIYIN_LOG: 'json' } }), '/telemetry')
  assert.equal(refusal({ secrets: { database: { name: '' } } }), '/secrets/database/name')
  assert.equal(refusal({ trino: { retryPolicy: 'task' } }), '/trino/retryPolicy')
  // Closed throughout: a value that nobody reads is a misspelling. What is Kubernetes' own is left to it.
  const open = []
  const walk = (schema, path) => {
    if (schema.type === 'object' && schema.properties && schema.additionalProperties !== false) open.push(path)
    for (const [key, inner] of Object.entries(schema.properties ?? {})) walk(inner, `${path}.${key}`)
  }
  walk(valid.schema, 'values')
  assert.deepEqual(open, [])
})

test('with Helm at hand: the chart renders as it is kept, and refuses what does not fit together', (t) => {
  if (!hasHelm()) return t.skip('Helm is not here; ZHIYIN_HELM may name it')
  for (const name of cases()) assert.equal(head() + template(name).text, golden(name))
  const refuses = (expected, name, ...sets) =>
    assert.match(
      template(
        name,
        sets.flatMap((set) => ['--set', set]),
      ).refusal ?? '',
      expected,
    )
  refuses(/server\.trustProxy is empty/, 'default', 'ingress.enabled=true', 'ingress.host=a.b')
  refuses(/limitMiB is 4096, but/, 'default', 'server.memory.heapMiB=3000')
  refuses(/storage\.folder\.existingClaim is empty/, 'default', 'storage.kind=folder')
  refuses(/trino\.catalog\.host is empty/, 'default', 'trino.enabled=true')
  refuses(/networkPolicy\.from is empty/, 'default', 'networkPolicy.from=null')
  refuses(/image\.tag is latest/, 'default', 'image.tag=latest')
  refuses(/AWS_SECRET_ACCESS_KEY holds or names a secret/, 'default', 'server.env.AWS_SECRET_ACCESS_KEY=x')
  refuses(/'\/replicas': got string, want integer/, 'default', 'replicas=two')
})
