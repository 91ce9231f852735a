import type { Files } from '#files/files.ts'
import type { Text } from '#lib/text.ts'
import type { DatabaseFacts } from '#store/probe.ts'
import {
  type ForeignCommit,
  shapesOf,
  stageTables,
  stateOf,
  type TableShape,
  unpublished,
  type Writes,
  writesOf,
} from '#warehouse/lake/lakeHealth.ts'
import { type ProbeResult, type ProbeStep, probeLake } from '#warehouse/lake/lakeProbe.ts'
import type { TrinoClient } from '#warehouse/lake/trinoClient.ts'
import { schemaVersion } from '#warehouse/migrations.ts'
import { type Check, check, judgeClock, plain, sampleClock } from './check.ts'

/** The release that everything was tried on. */
const tested = 476

export function judgeVersion(version: string): Check {
  const release = Number.parseInt(version, 10)
  return check('trino.version', { zh: 'Trino 版本', en: 'Trino' }, release === tested ? 'ok' : 'warning', {
    found: plain(version),
    wanted: { zh: `${tested}（已测试）`, en: `${tested}, which was tested` },
    remedy: {
      zh: '其他版本多半可用，但未经测试；升级后请再运行 zhiyin doctor。',
      en: 'Another one will most likely do and has not been tried: run zhiyin doctor again after each upgrade.',
    },
  })
}

export interface Node {
  id: string
  version: string
  coordinator: boolean
  state: string
}

export function judgeNodes(nodes: readonly Node[]): Check[] {
  const active = nodes.filter(({ state }) => state === 'active')
  const workers = active.filter(({ coordinator }) => !coordinator).length
  const versions = new Set(nodes.map(({ version }) => version))
  const away = nodes.filter(({ state }) => state !== 'active').map(({ id, state }) => `${id} ${state}`)
  const list = nodes.map(({ id, state }) => `${id} ${state}`).join(', ')
  return [
    check(
      'trino.nodes',
      { zh: '集群节点', en: 'nodes of the cluster' },
      active.length === 0 ? 'fault' : workers === 0 || away.length > 0 ? 'warning' : 'ok',
      {
        found: plain(list),
        wanted: {
          zh: '一个协调节点和至少一个工作节点，均为 active',
          en: 'a coordinator and at least one worker, all active',
        },
        remedy: {
          zh: '请启动缺失的节点，并查看其日志。',
          en: 'Start the nodes that are missing; their logs say why they went.',
        },
      },
    ),
    check('trino.nodeversions', { zh: '节点版本', en: 'versions of the nodes' }, versions.size > 1 ? 'fault' : 'ok', {
      found: plain([...versions].join(', ')),
      wanted: { zh: '所有节点同一版本', en: 'one version on all nodes' },
      remedy: { zh: '请将所有节点升级到同一版本。', en: 'Bring all nodes to the same version.' },
    }),
  ]
}

const stepTexts: Record<ProbeStep, { title: Text; remedy: Text }> = {
  create: {
    title: { zh: '建 schema 与表', en: 'creating a schema and a table' },
    remedy: { zh: '请授予该用户在 schema 中建表的权限。', en: 'Let the user create tables in the schema.' },
  },
  put: {
    title: { zh: '写入共享文件', en: 'writing to the shared files' },
    remedy: {
      zh: '请检查 WAREHOUSE_FILES 的目录或桶及其权限。',
      en: 'Check the folder or bucket of WAREHOUSE_FILES and its rights.',
    },
  },
  add_files: {
    title: { zh: '集群登记我们写的文件', en: 'the cluster takes files that we wrote' },
    remedy: {
      zh: '请设置 iceberg.add-files-procedure.enabled=true，并确认 local.location（或桶）与 WAREHOUSE_FILES 为同一处、集群可读。',
      en: 'Set iceberg.add-files-procedure.enabled=true, and see that local.location (or the bucket) is the place of WAREHOUSE_FILES and that the cluster may read it.',
    },
  },
  insert: {
    title: { zh: '插入', en: 'inserting' },
    remedy: {
      zh: '请授予 INSERT 权限，并检查集群对存储的写权限。',
      en: 'Grant INSERT, and see that the cluster may write to its storage.',
    },
  },
  instants: {
    title: {
      zh: '日期与时间两边一致（含各节点时区）',
      en: 'days and instants are the same on both sides, whatever the nodes’ time zones',
    },
    remedy: {
      zh: '请在各节点 jvm.config 中设置 -Duser.timezone=UTC。',
      en: 'Set -Duser.timezone=UTC in jvm.config of every node.',
    },
  },
  fetch: {
    title: { zh: '我们读取集群写的文件', en: 'we read files that the cluster wrote' },
    remedy: {
      zh: '请确认集群的表存放在 WAREHOUSE_FILES 之内（default-warehouse-dir），且本机可读。',
      en: 'The cluster’s tables must lie within WAREHOUSE_FILES (default-warehouse-dir), and this machine must be able to read them.',
    },
  },
  merge: {
    title: { zh: '更改与删除', en: 'changing and deleting' },
    remedy: { zh: '请授予 UPDATE 与 DELETE 权限。', en: 'Grant UPDATE and DELETE.' },
  },
  roll_back: {
    title: { zh: '回到先前的快照', en: 'going back to a snapshot' },
    remedy: { zh: '请允许该用户执行 rollback_to_snapshot。', en: 'Let the user execute rollback_to_snapshot.' },
  },
  drop: {
    title: { zh: '删除表', en: 'dropping a table' },
    remedy: { zh: '请授予 DROP 权限。', en: 'Let the user drop tables.' },
  },
}

export function judgeProbe({ done, failed }: ProbeResult): Check[] {
  const checks = done.map((step) =>
    check(`lake.${step}`, stepTexts[step].title, 'ok', { found: { zh: '可以', en: 'works' } }),
  )
  if (failed)
    checks.push(
      check(`lake.${failed.step}`, stepTexts[failed.step].title, 'fault', {
        found: plain(failed.said.slice(0, 300)),
        remedy: stepTexts[failed.step].remedy,
      }),
    )
  return checks
}

export function judgeForeign(changed: readonly ForeignCommit[], missing: readonly string[]): Check[] {
  const title = { zh: '已发布的快照即各表最新快照', en: 'what is published is the newest of every table' }
  const checks = changed.map(({ table, at, operation, user, queryId, added, deleted }) =>
    check('lake.published', title, 'fault', {
      found: {
        zh: `${table}：${user || '未知用户'} 于 ${at} ${operation}（+${added} −${deleted} 行，查询 ${queryId || '未知'}）`,
        en: `${table}: ${operation} by ${user || 'somebody unknown'} at ${at} (+${added} −${deleted} rows, query ${queryId || 'unknown'})`,
      },
      wanted: { zh: '只有知音写入这些表', en: 'nobody but Zhiyin writes to these tables' },
      remedy: {
        zh: '读者所见不受影响，但写入会被拒绝。zhiyin doctor --restore 将该表恢复到已发布的快照（此改动随之撤销）；并请收回他人的写权限。',
        en: 'Readers see nothing of it; loads are refused. zhiyin doctor --restore takes the table back to what is published, and this change with it. Take the right to write from others.',
      },
    }),
  )
  if (missing.length > 0)
    checks.push(
      check('lake.tables', { zh: '已发布的表都在', en: 'all published tables are there' }, 'fault', {
        found: { zh: `缺少 ${missing.join(', ')}`, en: `missing: ${missing.join(', ')}` },
        remedy: { zh: '请从备份恢复。', en: 'Restore a backup.' },
      }),
    )
  if (checks.length === 0) checks.push(check('lake.published', title, 'ok', { found: { zh: '是', en: 'so it is' } }))
  return checks
}

export function judgeWrites({ turnTaken, writes }: Writes): Check {
  const dead = turnTaken ? [] : writes
  return check(
    'lake.writes',
    { zh: '未结束的写入', en: 'writes that did not end' },
    dead.length > 0 ? 'warning' : 'ok',
    {
      found:
        dead.length > 0
          ? plain(dead.map(({ server, tables }) => `${server}: ${tables.join(' ')}`).join('; '))
          : turnTaken
            ? { zh: '正在写入', en: 'one is under way' }
            : { zh: '无', en: 'none' },
      remedy: {
        zh: '下一次写入会自动撤回它；也可用 zhiyin doctor --restore。',
        en: 'The next write takes it back by itself; zhiyin doctor --restore does too.',
      },
    },
  )
}

/** Average size under which files are small, and how many of them are many. */
const smallBytes = 8_000_000
const manyFiles = 1_000

export function judgeShapes(shapes: readonly TableShape[]): Check[] {
  const small = shapes.filter(({ files, bytes }) => files > manyFiles && bytes / files < smallBytes)
  const other = shapes.filter(({ format }) => !/PARQUET/i.test(format))
  return [
    check('lake.files', { zh: '小文件', en: 'small files' }, small.length > 0 ? 'warning' : 'ok', {
      found:
        small.length > 0
          ? plain(small.map(({ table, files }) => `${table} ${files}`).join(', '))
          : plain(shapes.reduce((sum, { files }) => sum + files, 0)),
      wanted: { zh: `每表不超过 ${manyFiles} 个小文件`, en: `no more than ${manyFiles} small ones a table` },
      remedy: {
        zh: '后台整理每十分钟合并一次；若持续增多，请查看该任务是否失败。',
        en: 'Upkeep puts them together every ten minutes: see whether that job fails.',
      },
    }),
    check('lake.format', { zh: '表的文件格式', en: 'format of the tables' }, other.length > 0 ? 'fault' : 'ok', {
      found:
        other.length > 0 ? plain(other.map(({ table, format }) => `${table} ${format}`).join(', ')) : plain('PARQUET'),
      wanted: plain('PARQUET'),
      remedy: {
        zh: '这些表由他人以其他格式重建，请从备份恢复。',
        en: 'Somebody has made these tables anew: restore a backup.',
      },
    }),
  ]
}

/** The cluster itself, and what it lets us do. */
export async function clusterChecks(client: TrinoClient, files: Files | undefined, scratch: string): Promise<Check[]> {
  const { version, starting } = await client.info()
  if (starting)
    return [
      check('trino.reachable', { zh: 'Trino', en: 'Trino' }, 'fault', {
        found: { zh: '正在启动', en: 'is starting' },
        remedy: { zh: '请稍后再试。', en: 'Try again shortly.' },
      }),
    ]
  const run = async (text: string) => (await client.run(text, { source: 'zhiyin doctor' })).rows
  const nodes = await run('select node_id, node_version, coordinator, state from system.runtime.nodes order by 1')
  const checks = [
    judgeVersion(version),
    ...judgeNodes(
      nodes.map(([id, nodeVersion, coordinator, state]) => ({
        id: String(id),
        version: String(nodeVersion),
        coordinator: coordinator === true,
        state: String(state),
      })),
    ),
    judgeClock(
      'trino.clock',
      { zh: '与 Trino 的时钟差', en: 'clock of Trino' },
      await sampleClock(async () => Number((await run('select to_unixtime(current_timestamp) * 1000'))[0]![0])),
    ),
  ]
  const [zone] = await run('select current_timezone()')
  checks.push(
    check('trino.session', { zh: '会话时区', en: 'time zone of our sessions' }, zone![0] === 'UTC' ? 'ok' : 'fault', {
      found: plain(String(zone![0])),
      wanted: plain('UTC'),
      remedy: {
        zh: '请检查集群是否用会话属性改写了时区。',
        en: 'See whether the cluster overrides the time zone of sessions.',
      },
    }),
  )
  const catalogs = await run('select catalog_name, connector_name from system.metadata.catalogs')
  const connector = catalogs.find(([name]) => name === client.address.catalog)?.[1]
  checks.push(
    check('trino.catalog', { zh: 'catalog', en: 'catalog' }, connector === 'iceberg' ? 'ok' : 'fault', {
      found: plain(`${client.address.catalog}: ${connector ?? '-'}`),
      wanted: { zh: 'Iceberg（JDBC catalog）', en: 'Iceberg, with the JDBC catalog' },
      remedy: {
        zh: '请检查 WAREHOUSE_URL 中的 catalog 与 etc/catalog 下的配置。',
        en: 'Check the catalog in WAREHOUSE_URL and its file in etc/catalog.',
      },
    }),
  )
  if (connector === 'iceberg' && files) checks.push(...judgeProbe(await probeLake({ client, files, scratch })))
  return checks
}

/** What lies in the lake against what the database says is published. */
export async function lakeChecks(client: TrinoClient, facts: Pick<DatabaseFacts, 'query'>): Promise<Check[]> {
  const [there] = await facts.query<{ there: boolean }>("select to_regclass('lake_tables') is not null as there")
  if (!there?.there) return []
  const state = await stateOf(facts)
  if (state.snapshots.size === 0) return []
  const writes = await writesOf(facts)
  const underWrite = new Set(writes.turnTaken ? writes.writes.flatMap(({ tables }) => tables) : [])
  const { changed, missing } = await unpublished(client, state, underWrite)
  const found = Number(state.meta.get('schema_version') ?? 0)
  const present = [...state.snapshots.keys()].filter((table) => !missing.includes(table))
  const stages = await stageTables(client)
  return [
    check(
      'lake.schema',
      { zh: '数据仓库版本', en: 'schema of the warehouse' },
      found > schemaVersion ? 'fault' : found < schemaVersion ? 'warning' : 'ok',
      {
        found: plain(found),
        wanted: plain(schemaVersion),
        remedy:
          found > schemaVersion
            ? { zh: '请升级程序。', en: 'Upgrade the program.' }
            : { zh: '启动服务器时会升级。', en: 'A server’s start migrates it.' },
      },
    ),
    ...judgeForeign(changed, missing),
    judgeWrites(writes),
    check(
      'lake.stages',
      { zh: '遗留的临时表', en: 'stages left behind' },
      stages.length > 0 && !writes.turnTaken ? 'warning' : 'ok',
      {
        found: plain(stages.length),
        remedy: { zh: '后台整理每天 04:20 清除它们。', en: 'Upkeep sweeps them up each day at 04:20.' },
      },
    ),
    ...judgeShapes(await shapesOf(client, present)),
  ]
}
