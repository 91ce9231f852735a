import { openAsBlob } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#contract/client.ts'
import type { AnswerOf } from '#contract/route.ts'
import {
  dropUpload,
  kinds,
  readLoad,
  readLoadErrors,
  sendFile,
  startLoad,
  undoLoad,
} from '#features/imports/contract.ts'
import { type Command, type Exit, homeOptions, type Invocation } from './command.ts'
import { connect } from './connect.ts'

type Kind = (typeof kinds)[number]
type Load = AnswerOf<typeof readLoad>

export const command: Command = {
  name: 'import',
  usage: 'FILE [--as KIND] [--process NAME] [--source NAME] [--map FILE] [--strict]',
  summary: {
    zh: '导入一个文件（CSV、JSON Lines、Parquet、XLSX、XES）',
    en: 'bring in a file (CSV, JSON Lines, Parquet, XLSX, XES)',
  },
  options: {
    ...homeOptions,
    as: { type: 'string', argument: 'KIND', about: { zh: kinds.join('、'), en: kinds.join(', ') } },
    process: {
      type: 'string',
      argument: 'NAME',
      about: { zh: '事件日志所属的流程', en: 'the process whose event log it is' },
    },
    source: {
      type: 'string',
      argument: 'NAME',
      about: {
        zh: '来源系统：编号在其中唯一；两个各自编号的系统须用不同名称（默认：类型或流程名）',
        en: 'the system it comes from, within which ids are unique: two that number by themselves need two names (default: the kind, or the process)',
      },
    },
    map: {
      type: 'string',
      argument: 'FILE',
      about: {
        zh: '映射文件；没有则按猜测，有疑问时不导入',
        en: 'a mapping; without one the guess is taken where it is beyond doubt',
      },
    },
    strict: {
      type: 'boolean',
      about: { zh: '有一行不合格就全部不导入', en: 'load nothing when one row is bad' },
    },
    undo: {
      type: 'string',
      argument: 'LOAD',
      about: { zh: '撤销一次导入（编号）', en: 'take a load back, by its number' },
    },
  },
  notes: {
    zh: '退出码：0 已导入；1 被拒绝或失败；2 有歧义，须用 --as、--process 或 --map 说明。',
    en: 'Exit code: 0 loaded, 1 refused or failed, 2 ambiguous: say which with --as, --process or --map.',
  },
  async run(invocation) {
    const { positionals, values } = invocation
    const undo = typeof values.undo === 'string' ? Number(values.undo) : undefined
    if (undo === undefined ? positionals.length !== 1 : positionals.length > 0 || !Number.isSafeInteger(undo)) {
      return invocation.misuse({
        zh: '用法：zhiyin import FILE [--as KIND] [--map FILE]',
        en: 'usage: zhiyin import FILE [--as KIND] [--map FILE]',
      })
    }
    if (values.as !== undefined && !kinds.includes(values.as as Kind)) {
      return invocation.misuse({
        zh: `没有这种数据：${values.as}。可选：${kinds.join('、')}`,
        en: `no such kind: ${values.as}. One of ${kinds.join(', ')}`,
      })
    }
    const given = typeof values.map === 'string' ? await readMap(values.map, invocation) : undefined
    if (typeof values.map === 'string' && !given) return 2
    const file = positionals[0]
    if (file !== undefined && !(await stat(file).catch(() => undefined))?.isFile()) {
      return invocation.misuse({ zh: `读不到文件：${file}`, en: `cannot read the file: ${file}` })
    }
    const connection = await connect(invocation)
    if (!connection.ok) return invocation.refuse(connection)
    try {
      const { client } = connection.value
      if (file === undefined) {
        const undone = await client.call(undoLoad, { params: { id: undo } })
        return undone.ok ? report(undone.value, client, invocation) : invocation.refuse(undone)
      }
      return await importFile(client, file, given, invocation)
    } finally {
      await connection.value.close()
    }
  },
}

async function importFile(
  client: Client,
  file: string,
  given: Record<string, unknown> | undefined,
  invocation: Invocation,
): Promise<Exit> {
  const { values, language } = invocation
  const kind = (values.as ?? given?.kind) as Kind | undefined
  const sent = await client.call(sendFile, {
    query: { fileName: basename(file), ...(kind ? { kind } : {}) },
    body: await openAsBlob(file),
    headers: { 'content-type': 'application/octet-stream' },
  })
  if (!sent.ok) return invocation.refuse(sent)
  const upload = sent.value
  // The ids of an event log are those of its process: its extracts overlap, other processes' do not.
  const logOf = typeof values.process === 'string' ? values.process : undefined
  const source = typeof values.source === 'string' ? values.source : given ? undefined : logOf
  const named = { ...(logOf ? { process: logOf } : {}), ...(source ? { source } : {}) }
  if (!given) {
    const open = upload.ambiguities.filter(({ code }) => !(values.process && code.startsWith('process')))
    if (open.length) {
      if (invocation.json)
        invocation.print(JSON.stringify({ ambiguities: open, kinds: upload.kinds, mapping: upload.mapping }, null, 2))
      const why = {
        zh: `有 ${open.length} 处须由您说明，未导入：\n${open.map(({ text }) => `  ${text.zh}`).join('\n')}\n请用 --as、--process 或 --map 说明。`,
        en: `${open.length} things only you can say; nothing was loaded:\n${open.map(({ text }) => `  ${text.en}`).join('\n')}\nSay them with --as, --process or --map.`,
      }
      await client.call(dropUpload, { params: { id: upload.id } })
      return invocation.misuse(why, { reason: 'mapping_ambiguous' })
    }
  }
  const mapping = { ...(given ?? upload.mapping), ...(values.as ? { kind: values.as } : {}), ...named }
  const started = await client.call(startLoad, {
    params: { id: upload.id },
    body: { mapping, strict: values.strict === true },
  })
  if (!started.ok) {
    await client.call(dropUpload, { params: { id: upload.id } })
    return invocation.refuse(started)
  }
  let load = started.value
  for (let wait = 20; load.state === 'running'; wait = Math.min(wait * 1.5, 500)) {
    await sleep(wait)
    const read = await client.call(readLoad, { params: { id: load.id } })
    if (!read.ok) return invocation.refuse(read)
    load = read.value
    if (load.progress && onTerminal()) {
      const { rows, secondsLeft } = load.progress
      const left =
        secondsLeft === null
          ? ''
          : language === 'zh'
            ? `，约剩 ${Math.ceil(secondsLeft)} 秒`
            : `, about ${Math.ceil(secondsLeft)} s left`
      process.stderr.write(`\r${rows} ${language === 'zh' ? '行' : 'rows'}${left}\u001b[K`)
    }
  }
  if (onTerminal()) process.stderr.write('\r\u001b[K')
  // Loaded, it is gone already; refused, the file is on this machine and need not stay in the home.
  if (load.state === 'failed') await client.call(dropUpload, { params: { id: upload.id } })
  return report(load, client, invocation)
}

const onTerminal = () => process.stderr.isTTY === true

async function readMap(path: string, invocation: Invocation): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    invocation.misuse({
      zh: `映射文件读不了：${path}（${(error as Error).message}）`,
      en: `cannot read the mapping ${path}: ${(error as Error).message}`,
    })
    return undefined
  }
  invocation.misuse({ zh: `映射文件须是一个 JSON 对象：${path}`, en: `a mapping is a JSON object: ${path}` })
  return undefined
}

/** What the load changed, and the first of the rows that were not loaded. */
async function report(load: Load, client: Client, invocation: Invocation): Promise<Exit> {
  const rejected =
    load.rows.rejected > 0
      ? await client.call(readLoadErrors, { params: { id: load.id }, query: { limit: invocation.json ? 1000 : 10 } })
      : undefined
  const errors = rejected?.ok ? rejected.value.errors : []
  const exit: Exit = load.state === 'failed' ? 1 : 0
  if (invocation.json) {
    invocation.print(JSON.stringify({ ...load, errors }, null, 2))
    return exit
  }
  const { rows } = load
  invocation.say({
    zh: `导入 ${load.id}（${stateNames[load.state].zh}）：读 ${rows.read} 行，新增 ${rows.new}，更正 ${rows.corrected}，已有 ${rows.same}，跳过 ${rows.skipped}，不合格 ${rows.rejected}${load.practice ? '（练习数据）' : ''}`,
    en: `load ${load.id} (${stateNames[load.state].en}): ${rows.read} rows read, ${rows.new} new, ${rows.corrected} corrected, ${rows.same} already there, ${rows.skipped} skipped, ${rows.rejected} rejected${load.practice ? ' (practice)' : ''}`,
  })
  for (const error of errors)
    invocation.say({
      zh: `  第 ${error.row} 行 ${error.column}：${error.text.zh}`,
      en: `  row ${error.row} ${error.column}: ${error.text.en}`,
    })
  if (load.leftOut.length)
    invocation.say({
      zh: `  未保留为附加属性（个人信息）：${load.leftOut.map(({ column }) => column).join('、')}`,
      en: `  not kept as attributes, for they are personal: ${load.leftOut.map(({ column }) => column).join(', ')}`,
    })
  if (load.failure) return invocation.refuse({ reason: load.failure, detail: load.failureDetail ?? {} })
  return exit
}

const stateNames = {
  running: { zh: '进行中', en: 'running' },
  done: { zh: '完成', en: 'done' },
  failed: { zh: '失败，未入库', en: 'failed, nothing loaded' },
  undone: { zh: '已撤销', en: 'undone' },
}
