import type { Copied, MoveProgress } from '../server/move/copy.ts'
import type { Command, Invocation } from './command.ts'

const address = (zh: string, en: string) => ({ type: 'string', argument: 'URL', about: { zh, en } }) as const

export const command: Command = {
  name: 'move',
  usage: '--home DIR (--to-… | --from-… --key FILE)',
  summary: {
    zh: '在内嵌数据目录与集群之间整体迁移，可续传，逐表核对',
    en: 'copy a home into a cluster, or back; goes on where it stopped, and compares every table',
  },
  options: {
    home: {
      type: 'string',
      argument: 'DIR',
      about: {
        zh: '迁出的数据目录（须已停止），或迁回时的新目录',
        en: 'the home to move, which must not be running; on the way back a new folder',
      },
    },
    'to-database': address('目标 PostgreSQL 空库', 'an empty PostgreSQL database to move to'),
    'to-warehouse': address('目标 Trino（空 schema）', 'an empty Trino schema to move to: trino://…'),
    'to-files': address('集群的共享文件', 'the files that the cluster reads: file:… or s3:…'),
    'from-database': address('来源 PostgreSQL', 'the PostgreSQL database to move from'),
    'from-warehouse': address('来源 Trino', 'the Trino schema to move from'),
    'from-files': address('来源的共享文件', 'the files that its cluster writes'),
    key: {
      type: 'string',
      argument: 'FILE',
      about: { zh: '迁回时的密钥文件', en: 'the key file, on the way back' },
    },
  },
  notes: {
    zh: '来源不会被改动，完成后只注明已迁往何处。中断（Ctrl-C、断电）后用相同参数再次运行即继续。',
    en: 'The source is not changed; at the end it is told where it lives now. After a stop (Ctrl-C, a crash) the same command goes on.',
  },
  async run(invocation) {
    const text = (name: string) => {
      const value = invocation.values[name]
      return typeof value === 'string' ? value : undefined
    }
    const home = text('home')
    const placeOf = (way: 'to' | 'from') => {
      const [database, url, files] = [text(`${way}-database`), text(`${way}-warehouse`), text(`${way}-files`)]
      return database && url && files ? { databaseUrl: database, warehouse: { url, files } } : undefined
    }
    const [to, from, keyFile] = [placeOf('to'), placeOf('from'), text('key')]
    if (!home || invocation.positionals.length || Boolean(to) === Boolean(from) || (from && !keyFile))
      return invocation.misuse({
        zh: '用法：zhiyin move --home DIR --to-database URL --to-warehouse URL --to-files URL；迁回：zhiyin move --home 新目录 --from-database URL --from-warehouse URL --from-files URL --key FILE',
        en: 'usage: zhiyin move --home DIR --to-database URL --to-warehouse URL --to-files URL; back: zhiyin move --home NEWDIR --from-database URL --from-warehouse URL --from-files URL --key FILE',
      })
    process.env.ZHIYIN_LOG ??= 'errors'
    const stop = new AbortController()
    const onSignal = () => stop.abort(new Error('stopped'))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal)
    const common = { folder: home, signal: stop.signal, progress: teller(invocation) }
    const moved = to
      ? await (await import('../server/move/toCluster.ts')).moveToCluster({
          ...common,
          ...to,
          storeUrl: process.env.DATABASE_URL || undefined,
        })
      : await (await import('../server/move/fromCluster.ts')).moveFromCluster({
          ...common,
          ...from!,
          keyFile: keyFile!,
        })
    if (!moved.ok) return invocation.refuse(moved)
    tellEnd(invocation, moved.value, to !== undefined)
    return 0
  },
}

/** A line on standard error for each part that was copied; one JSON object a line where a program reads. */
function teller({ json, language }: Invocation): (at: MoveProgress) => void {
  return (at) => {
    const line = json ? JSON.stringify(at) : lineOf(at)[language]
    process.stderr.write(`${line}\n`)
  }
}

function lineOf({ step, table, rows, ofRows, bytes, secondsLeft }: MoveProgress) {
  if (step === 'store') return { zh: '复制业务库', en: 'copying the store' }
  if (step === 'checking') return { zh: `核对 ${table}`, en: `comparing ${table}` }
  const megabytes = (bytes / 1e6).toFixed(1)
  const left = secondsLeft === undefined ? '' : secondsLeft
  return {
    zh: `${table} ${rows}/${ofRows} 行 ${megabytes} MB${left === '' ? '' : ` 约剩 ${left} 秒`}`,
    en: `${table} ${rows}/${ofRows} rows ${megabytes} MB${left === '' ? '' : `, some ${left} s left`}`,
  }
}

function tellEnd(invocation: Invocation, copied: Copied, there: boolean): void {
  if (invocation.json) {
    invocation.print(JSON.stringify(copied))
    return
  }
  const { rows, seconds, tables } = copied
  if (Object.keys(tables).length === 0) {
    invocation.say({
      zh: '上次运行已迁移全部数据并逐表核对一致，现已完成收尾。请在新目录启动。',
      en: 'an earlier run had moved and compared everything; its last step is done now. Start it in the new folder.',
    })
    return
  }
  const total = Math.round(seconds.store + seconds.warehouse + seconds.checking)
  invocation.say({
    zh: `已迁移 ${rows} 行（${Object.keys(tables).length} 张表，${total} 秒），逐表核对一致。${
      there ? '请用集群地址启动服务器；原目录已注明迁往何处。' : '请在新目录启动；原集群数据已注明迁往何处。'
    }`,
    en: `moved ${rows} rows (${Object.keys(tables).length} tables, ${total} s); every table is the same on both sides. ${
      there
        ? 'Start servers with the cluster’s addresses; the old folder says where it lives now.'
        : 'Start it in the new folder; the cluster’s database says where it lives now.'
    }`,
  })
}
