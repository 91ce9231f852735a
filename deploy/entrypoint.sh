#!/bin/sh
# Secrets come as files and never stand in a container's description: NAME_FILE names the file that NAME is read from.
set -eu
for name in DATABASE_URL WAREHOUSE_URL \
  AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN \
  OTEL_EXPORTER_OTLP_HEADERS; do
  eval "file=\${${name}_FILE:-}"
  [ -n "$file" ] || continue
  [ -r "$file" ] || {
    echo "zhiyin: ${name}_FILE names $file, which cannot be read" >&2
    exit 2
  }
  # A newline at the end, as editors leave it, belongs to no secret.
  value=$(cat "$file")
  export "$name=$value"
  unset "${name}_FILE"
done
exec "$(dirname "$0")/../bin/zhiyin" "$@"
