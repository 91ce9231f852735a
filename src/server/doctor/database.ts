import type { Text } from '#lib/text.ts'
import type { Home } from '#store/home.ts'
import { appliedMigrations, newerThan, readMigrations } from '#store/migrate.ts'
import { movesOf } from '#store/move.ts'
import { isKeyOf } from '#store/open.ts'
import type { DatabaseFacts } from '#store/probe.ts'
import { type Check, check, judgeClock, type Level, plain, sampleClock } from './check.ts'
import { halfMoved } from './machine.ts'

/** Connections one server may take. */
const perServer = 12

/** Whether a database will do for a bank. */
export function judgeDatabase(facts: Omit<DatabaseFacts, 'now' | 'query' | 'close'>): Check[] {
  const { settings } = facts
  const on = (name: 'fsync' | 'synchronous_commit' | 'full_page_writes', level: Level, remedy: Text) =>
    check(`postgres.${name}`, plain(`PostgreSQL ${name}`), settings[name] === 'off' ? level : 'ok', {
      found: plain(settings[name]),
      wanted: plain('on'),
      remedy,
    })
  const lossy = {
    zh: '断电或宕机会丢失已确认的数据，请在 PostgreSQL 配置中打开。',
    en: 'A crash would lose what was acknowledged: switch it on in PostgreSQL’s configuration.',
  }
  const free = Number(settings.max_connections) - facts.connections
  return [
    check('postgres.version', { zh: 'PostgreSQL 版本', en: 'PostgreSQL' }, facts.version >= 150_000 ? 'ok' : 'fault', {
      found: plain(facts.versionText),
      wanted: plain('≥ 15'),
      remedy: { zh: '请升级 PostgreSQL。', en: 'Upgrade PostgreSQL.' },
    }),
    check(
      'postgres.encoding',
      { zh: '数据库编码', en: 'encoding of the database' },
      facts.encoding === 'UTF8' ? 'ok' : 'fault',
      {
        found: plain(facts.encoding),
        wanted: plain('UTF8'),
        remedy: {
          zh: '请新建 UTF8 编码的数据库：createdb -E UTF8 -T template0。',
          en: 'Make the database in UTF8: createdb -E UTF8 -T template0.',
        },
      },
    ),
    check('postgres.rights', { zh: '数据库权限', en: 'rights in the database' }, facts.mayCreate ? 'ok' : 'fault', {
      found: facts.mayCreate
        ? { zh: '可建表', en: 'may create tables' }
        : { zh: '不能建表或临时表', en: 'may not create tables, or temporary ones' },
      wanted: { zh: '可在其 schema 中建表、可建临时表', en: 'to create tables in its schema, and temporary ones' },
      remedy: {
        zh: '请将数据库的属主设为该用户，或授予 CREATE 与 TEMPORARY。',
        en: 'Make this user the database’s owner, or grant CREATE and TEMPORARY.',
      },
    }),
    check(
      'postgres.session',
      { zh: '会话锁（连接池模式）', en: 'session locks (mode of the pooler)' },
      facts.sessionLocks ? 'ok' : 'fault',
      {
        found: facts.sessionLocks
          ? { zh: '保持', en: 'hold' }
          : { zh: '语句之间丢失', en: 'are lost between statements' },
        wanted: { zh: '直连，或连接池使用 session 模式', en: 'a direct connection, or a pooler in session mode' },
        remedy: {
          zh: '请将连接池改为 session 模式（pool_mode = session），或直连数据库。',
          en: 'Set the pooler to session mode (pool_mode = session), or connect directly.',
        },
      },
    ),
    on('fsync', 'fault', lossy),
    on('full_page_writes', 'fault', lossy),
    on('synchronous_commit', 'fault', lossy),
    check(
      'postgres.connections',
      { zh: '空闲连接数', en: 'free connections' },
      free < 0 ? 'fault' : free < perServer ? 'warning' : 'ok',
      {
        found: plain(`${free} / ${settings.max_connections}`),
        wanted: { zh: `每台服务器 ${perServer} 个`, en: `${perServer} for each server` },
        remedy: { zh: '请提高 max_connections。', en: 'Raise max_connections.' },
      },
    ),
    // Each of our connections sets its own.
    check('postgres.timezone', { zh: '数据库时区', en: 'time zone of the database' }, 'ok', {
      found: plain(settings.TimeZone),
    }),
  ]
}

interface Settings {
  id?: string
  check?: string
}

/** What the database holds: whose it is, of which version, whole or half copied. */
export async function contentChecks(
  facts: Pick<DatabaseFacts, 'query'>,
  { home, key }: { home: Home | undefined; key: Uint8Array | undefined },
): Promise<Check[]> {
  const title = { zh: '业务库内容', en: 'content of the database' }
  const [there] = await facts.query<{ there: boolean }>("select to_regclass('schema_migrations') is not null as there")
  if (!there?.there)
    return [
      check('store.schema', title, home ? 'fault' : 'ok', {
        found: { zh: '空库', en: 'empty' },
        remedy: { zh: '请检查 DATABASE_URL 是否正确。', en: 'Check DATABASE_URL.' },
      }),
    ]
  const applied = await appliedMigrations(facts)
  const known = await readMigrations()
  const newer = newerThan(known, applied)
  const missing = known.filter(({ name }) => !applied.some((one) => one.name === name)).length
  const checks: Check[] = [
    check(
      'store.schema',
      { zh: '业务库版本', en: 'schema of the store' },
      newer ? 'fault' : missing > 0 ? 'warning' : 'ok',
      {
        found: newer
          ? plain(newer)
          : missing > 0
            ? { zh: `缺 ${missing} 次升级`, en: `${missing} migrations behind` }
            : plain(
                applied
                  .map(({ name }) => name)
                  .sort()
                  .at(-1) ?? '',
              ),
        remedy: newer
          ? { zh: '请升级程序。', en: 'Upgrade the program.' }
          : { zh: '启动服务器时会先备份再升级。', en: 'A server’s start backs it up and migrates it.' },
      },
    ),
  ]
  const rows = await facts.query<{ key: string; value: unknown }>(
    "select key, value from settings where key in ('home.id', 'key.check')",
  )
  const settings: Settings = Object.fromEntries(rows.map(({ key: name, value }) => [name.split('.')[1]!, value]))
  const paired = !home || settings.id === undefined || settings.id === home.id
  checks.push(
    check('store.home', { zh: '业务库属于哪个数据目录', en: 'home of the database' }, paired ? 'ok' : 'fault', {
      found: plain(settings.id ?? '-'),
      ...(home ? { wanted: plain(home.id) } : {}),
      remedy: { zh: '请检查 DATABASE_URL：它属于另一个数据目录。', en: 'Check DATABASE_URL: it is another home’s.' },
    }),
  )
  if (key && settings.check !== undefined) {
    const right = isKeyOf(key, settings.check)
    checks.push(
      check('store.key', { zh: '密钥与业务库', en: 'key and database' }, right ? 'ok' : 'fault', {
        found: right ? { zh: '相符', en: 'belong together' } : { zh: '不符', en: 'do not belong together' },
        remedy: { zh: '请放回该数据建立时的密钥文件。', en: 'Put back the key file the data was written with.' },
      }),
    )
  }
  const { into, away } = await movesOf(facts)
  if (into) checks.push(check('store.move', { zh: '迁移', en: 'move' }, 'fault', halfMoved))
  if (away)
    checks.push(
      check('store.move', { zh: '迁移', en: 'move' }, 'warning', {
        found: { zh: `已迁往 ${away.database}`, en: `has moved to ${away.database}` },
        remedy: { zh: '请在新位置启动。', en: 'Start it where it lives now.' },
      }),
    )
  return checks
}

export const databaseClock = async (facts: Pick<DatabaseFacts, 'now'>): Promise<Check> =>
  judgeClock(
    'postgres.clock',
    { zh: '与 PostgreSQL 的时钟差', en: 'clock of PostgreSQL' },
    await sampleClock(facts.now),
  )
