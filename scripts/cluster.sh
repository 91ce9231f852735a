#!/bin/sh
# A cluster on this machine: PostgreSQL, Trino, two servers, a proxy. The work is done in scripts/cluster/.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
node=$root/node_modules/.bin/node
[ -x "$node" ] || node=$(command -v node) || {
  echo "cluster.sh: Node.js 20 or newer is needed" >&2
  exit 2
}
exec "$node" "$root/scripts/cluster/main.mjs" "$@"
