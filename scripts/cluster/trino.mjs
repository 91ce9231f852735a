// Trino on this machine: one coordinator, two workers, an Iceberg lake on a folder that all of them see.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDetached } from './process.mjs'

export const stopping = { signal: 'SIGTERM', seconds: 60 }
/** What its launcher says while the one before is being cleared away. */
export const again = /already running as \d+/
/** Three heaps, their surroundings, PostgreSQL and two servers stay within 8 GB. */
const memory = {
  coordinator: { heap: '1200M', query: '600MB', headroom: '300MB' },
  worker: { heap: '1400M', query: '900MB', headroom: '400MB' },
}

export async function start(state, name, { java, trino }) {
  const [etc, data] = [state.path('trino', name, 'etc'), state.path('trino', name, 'data')]
  for (const folder of [join(etc, 'catalog'), data]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [file, text] of Object.entries(configuration(state, name)))
    writeFileSync(join(etc, file), text, { mode: 0o600 })
  // `run` becomes the server itself, so that its pid is ours to watch. A bank's cluster has machines of its own: here it
  // gives way to those who sign in, take interactions in, answer.
  return startDetached(
    'nice',
    ['-n', '10', join(trino, 'bin', 'launcher'), 'run', '--etc-dir', etc, '--data-dir', data, '--jvm-dir', java.home],
    { log: state.log(name), cwd: data, env: { ...process.env, JAVA_HOME: java.home, MALLOC_ARENA_MAX: '2' } },
  )
}

/** Its configuration, written anew at each start. */
function configuration({ settings, path }, name) {
  const coordinator = name === 'coordinator'
  const { heap, query, headroom } = memory[coordinator ? 'coordinator' : 'worker']
  const timeZone = (name === 'worker2' && process.env.ZHIYIN_CLUSTER_WORKER2_TIMEZONE) || 'UTC'
  return {
    'node.properties': properties({
      'node.environment': 'zhiyin',
      'node.id': name,
      'node.data-dir': path('trino', name, 'data'),
      'node.internal-address': '127.0.0.1',
      'node.bind-ip': '127.0.0.1',
    }),
    'jvm.config': lines([
      '-server',
      `-Xmx${heap}`,
      '-XX:+UseG1GC',
      '-XX:+ExitOnOutOfMemoryError',
      '-XX:ReservedCodeCacheSize=256M',
      '-Djdk.attach.allowAttachSelf=true',
      `-Duser.timezone=${timeZone}`,
      '--enable-native-access=ALL-UNNAMED',
    ]),
    'config.properties': properties({
      coordinator,
      'http-server.http.port': settings.ports[name],
      'http-server.log.enabled': false,
      'discovery.uri': settings.trinoUrl,
      'catalog.config-dir': path('trino', name, 'etc', 'catalog'),
      'internal-communication.shared-secret': settings.secret,
      'query.max-memory': '1500MB',
      'query.max-memory-per-node': query,
      'memory.heap-headroom-per-node': headroom,
      'task.concurrency': 2,
      ...(coordinator
        ? {
            'node-scheduler.include-coordinator': false,
            'query.remote-task.max-error-duration': '10s',
            // The defaults suppose nodes of a bank's size: tasks that are tried again would wait for them for ever.
            'fault-tolerant-execution-task-memory': '300MB',
            'fault-tolerant-execution-coordinator-task-memory': '200MB',
          }
        : {}),
    }),
    'exchange-manager.properties': properties({
      'exchange-manager.name': 'filesystem',
      'exchange.base-directories': path('exchange'),
    }),
    'log.properties': properties({ 'io.trino': 'INFO' }),
    'catalog/lake.properties': properties(catalog(settings, path('lake'))),
  }
}

const catalog = (settings, lake) => ({
  'connector.name': 'iceberg',
  'iceberg.catalog.type': 'jdbc',
  'iceberg.jdbc-catalog.catalog-name': 'lake',
  'iceberg.jdbc-catalog.driver-class': 'org.postgresql.Driver',
  'iceberg.jdbc-catalog.connection-url': `jdbc:postgresql://127.0.0.1:${settings.ports.postgres}/lake_catalog`,
  'iceberg.jdbc-catalog.connection-user': 'zhiyin',
  'iceberg.jdbc-catalog.connection-password': settings.password,
  'iceberg.jdbc-catalog.default-warehouse-dir': 'local:///tables',
  'fs.native-local.enabled': true,
  'local.location': lake,
  'iceberg.add-files-procedure.enabled': true,
  // A customer's deletion reaches the history at once: nothing is kept for a time that must pass first.
  'iceberg.expire-snapshots.min-retention': '0s',
  'iceberg.remove-orphan-files.min-retention': '0s',
})

const lines = (list) => list.map((line) => `${line}\n`).join('')
const properties = (values) => lines(Object.entries(values).map(([key, value]) => `${key}=${value}`))

/** The nodes that take part, by name. */
export async function activeNodes({ settings }) {
  const rows = await ask(settings.trinoUrl, "select node_id from system.runtime.nodes where state = 'active'")
  return rows.map(([node]) => node)
}

/** Whether a node answers for itself; whether it takes part is the coordinator's word. */
export async function ready({ settings }, name) {
  const answer = await fetch(`http://127.0.0.1:${settings.ports[name]}/v1/info`, {
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined)
  return answer?.ok === true && (await answer.json()).starting === false
}

/** The rows of a statement. `session` sets Trino's own properties, as `retry_policy=TASK`. */
export async function ask(address, sql, session = '') {
  const call = async (url, options) => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(15_000), ...options })
    if (!answer.ok) throw new Error(`Trino answered ${answer.status}`)
    return answer.json()
  }
  const headers = { 'x-trino-user': 'zhiyin', 'x-trino-source': 'cluster', 'x-trino-session': session }
  const rows = []
  for (
    let page = await call(`${address}/v1/statement`, { method: 'POST', body: sql, headers });
    ;
    page = await call(page.nextUri)
  ) {
    if (page.error) throw new Error(page.error.message)
    rows.push(...(page.data ?? []))
    if (!page.nextUri) return rows
  }
}
