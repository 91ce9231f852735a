// What schemas do not know and a bank would find out too late: rules for the compose file and for the rendered chart.
// A rule takes a container in one common form and answers what is wrong with it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const read = (...path) => readFileSync(join(root, ...path), 'utf8')

/** Of Node itself and of the tools that run beside the program. */
const foreign = /^(NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_ENV|PATH)$/
/** What entrypoint.sh reads from files. */
export const fromFiles = /^for name in ([\s\S]*?); do/m.exec(read('deploy', 'entrypoint.sh'))[1].match(/[A-Z_]+/g)

let program
/** The text of the program: a variable that stands nowhere in it is a misspelling. */
function programText() {
  program ??= ['src', 'bin']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((file) => /\.ts$|zhiyin$/.test(file) && !/\.test\.ts$|testing/.test(file))
    .map((file) => read(file))
    .join('\n')
  return program
}

export function unknownName(name) {
  const plain = name.replace(/_FILE$/, '')
  if (name !== plain && fromFiles.includes(plain)) return undefined
  // The packages of OpenTelemetry read some of these; the guide lists them.
  const where = name.startsWith('OTEL_') ? programText() + read('docs', 'operations.md') : programText()
  return foreign.test(name) || new RegExp(`\\b${name}\\b`).test(where)
    ? undefined
    : `${name} is no variable that the program reads`
}

export const unpinned = (image) =>
  /@sha256:[0-9a-f]{64}$|:[^:/]*\d[^:/]*$/.test(image) ? undefined : `${image} is not pinned by version`

const nameOfSecret = String.raw`[\w.-]*(?:password|secret-key|access-key|shared-secret|token)[\w.-]*`
/** What may stand where a secret is named: a variable, the name or key or path of one, or no text at all. */
const noSecret =
  /^["']?(\$\{(ENV:)?\w+\}|\{ ?(name|file|valueFrom)\b|\/|(true|false)$|(access-key-id|secret-access-key|password)\b)/

/** Text in which a secret stands as it is: in an address, or as the value of a property. */
export function secretsInClear(text) {
  const addresses = [...text.matchAll(/\b[a-z0-9+]+:\/\/[^\s/:@'"]+:[^\s/@'"$]+@/g)].map(([address]) => address)
  const lines = [...text.matchAll(new RegExp(`^\\s*-?\\s*["']?(${nameOfSecret})["']?\\s*[=:][ \\t]*(\\S.*)$`, 'gim'))]
    .filter(([, name, value]) => !/_FILE$/i.test(name) && !noSecret.test(value))
    .map(([line]) => line.trim())
  return [...addresses, ...lines]
}

/**
 * What is wrong with a container: { name, image, env, cpu, memory, once, probes, readOnly, dropsAll, escalates, root }.
 * `once` is one that ends by itself and needs nobody to ask how it is.
 */
export function faultsOf(container) {
  const { name, image, env, cpu, memory, once, probes, readOnly, dropsAll, escalates, asRoot } = container
  return [
    unpinned(image),
    cpu ? undefined : 'no limit of processors',
    memory ? undefined : 'no limit of memory',
    once || probes.length > 0 ? undefined : 'nobody asks whether it is well',
    readOnly ? undefined : 'its root file system can be written',
    dropsAll ? undefined : 'it keeps capabilities',
    escalates ? 'it may gain privileges' : undefined,
    asRoot ? 'it runs as root' : undefined,
    ...Object.entries(env).flatMap(([key, value]) =>
      /SECRET|PASSWORD|TOKEN|ACCESS_KEY|HEADERS|DATABASE_URL/.test(key) && !key.endsWith('_FILE') && value
        ? [`${key} stands in clear`]
        : [],
    ),
  ]
    .filter(Boolean)
    .map((fault) => `${name}: ${fault}`)
}

/** A server of Zhiyin: { args, env, graceSeconds, memoryMiB, secretFiles }. */
export function serverFaults({ name, args, env, graceSeconds, memoryMiB, secretFiles }) {
  const option = (key) => args[args.indexOf(key) + 1]
  const faults = []
  const drain = Number(option('--drain-seconds'))
  // After draining: running requests end within 30 s, telemetry within 10; loads, jobs and stores are closed.
  if (!(drain + 30 + 10 < graceSeconds)) faults.push(`drains ${drain} s and is killed after ${graceSeconds} s`)
  const heap = Number(/--max-old-space-size=(\d+)/.exec(env.NODE_OPTIONS)?.[1])
  const bench = Number(/^(\d+)MiB$/.exec(env.ZHIYIN_WAREHOUSE_MEMORY)?.[1])
  if (!(heap + bench + 512 <= memoryMiB))
    faults.push(`heap ${heap} and workbench ${bench} do not fit into ${memoryMiB}`)
  for (const key of Object.keys(env)) faults.push(unknownName(key))
  for (const [key, value] of Object.entries(env))
    if (key.endsWith('_FILE') && !secretFiles.includes(value))
      faults.push(`${key} names ${value}, which is not mounted`)
  for (const wanted of ['DATABASE_URL', 'WAREHOUSE_URL', 'ZHIYIN_KEY'])
    if (!(wanted in env) && !(`${wanted}_FILE` in env)) faults.push(`${wanted} is not given`)
  return faults.filter(Boolean).map((fault) => `${name}: ${fault}`)
}

/** A node of Trino: what its limits say must fit into its heap, or it does not start. */
export function trinoFaults({ name, config, heapMiB }) {
  const megabytes = (key) => {
    const [, number, unit] = new RegExp(`^${key}=(\\d+)(MB|GB)$`, 'm').exec(config) ?? []
    return Number(number) * (unit === 'GB' ? 1024 : 1)
  }
  const wanted = megabytes('query.max-memory-per-node') + megabytes('memory.heap-headroom-per-node')
  return wanted <= heapMiB ? [] : [`${name}: a query and the headroom take ${wanted} MB of ${heapMiB}`]
}

/** The group into which resource-groups.json puts a query, as Trino does: the first selector that matches wholly. */
export function groupOf({ selectors }, { user, source }) {
  const whole = (pattern, text) => pattern === undefined || new RegExp(`^(?:${pattern})$`).test(text)
  return selectors.find((selector) => whole(selector.user, user) && whole(selector.source, source))?.group
}

export const secondsOf = (text) =>
  [...text.matchAll(/(\d+)(h|m|s)/g)].reduce((sum, [, n, unit]) => sum + n * { h: 3600, m: 60, s: 1 }[unit], 0)
export const mebibytesOf = (text) => {
  const [, number, unit] = /^(\d+)(m|g|Mi|Gi)$/.exec(text)
  return Number(number) * (/^g/i.test(unit) ? 1024 : 1)
}
