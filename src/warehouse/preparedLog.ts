import { allEnded } from '#lib/allEnded.ts'
import { businessDaysSql } from './businessTime.ts'
import { calendarVersion } from './calendar.ts'
import { firstAttributes, spanCases, writeCases } from './logCases.ts'
import {
  codeTexts,
  dropPrepared,
  followRows,
  type LogShape,
  rowsTable,
  shapeOf,
  sortedRows,
  writeView,
} from './logRows.ts'
import {
  createDraft,
  draftPrefix,
  draftTable,
  type LogPart,
  type LogView,
  logParts,
  logPrefix,
  logTable,
  logViews,
} from './logTables.ts'
import { readMeta, writeMeta } from './migrations.ts'
import { raw, sql } from './sql.ts'
import type { PreparedLog, Writer } from './warehouse.ts'
import { completed, pairMoves, workItemRows, writePairs } from './workItems.ts'

export interface LogOfProcess {
  /** The process as the facts name it. */
  process: string
  /** The number under which its tables stand. */
  log: number
}

export interface PrepareOptions extends LogOfProcess {
  /** The home's zone, in which business hours run. */
  timeZone: string
  /** Gives up at the next settling; what was settled stays, the old log with it. */
  signal?: AbortSignal | undefined
}

const metaKey = (log: number) => `log_${log}`
const staleKey = 'stale_log_'

/**
 * Notes, in the transaction that changes their facts, that these logs are behind. Preparing one takes its note away; what
 * a killed process left behind is found by its note.
 */
export async function markStaleLogs(writer: Writer, logs: readonly LogOfProcess[]): Promise<void> {
  await writeMeta(writer, Object.fromEntries(logs.map(({ process, log }) => [`${staleKey}${log}`, process])))
}

export async function staleLogs(writer: Writer): Promise<LogOfProcess[]> {
  return Object.entries(await readMeta(writer))
    .filter(([key]) => key.startsWith(staleKey))
    .map(([key, process]) => ({ process, log: Number(key.slice(staleKey.length)) }))
}

/**
 * Prepares the event log of a process from its facts. Settles the writer as it goes: readers see the old log until the
 * last transaction puts the new one in its place. Cases are numbered by their start, activities by name; rows are written
 * sorted by case and time, ties in the order of loads and of their files. Undefined, and no tables, where the process has
 * no events.
 */
export async function prepareLog(given: Writer, options: PrepareOptions): Promise<PreparedLog | undefined> {
  const { process, log, signal } = options
  const writer: Writer = {
    ...given,
    settle: async () => {
      signal?.throwIfAborted()
      await given.settle()
    },
  }
  await writer.settle()
  await writer.bring('events', { where: sql`process = ${process} and superseded_by = 0`, toRead: true })
  await writer.bring('calendar', { toRead: true })
  const shape = await shapeOf(writer, process)
  if (!shape) {
    await dropLog(writer, log)
    return undefined
  }
  await dropTables(writer, draftPrefix(log))
  const own: readonly LogView[] = shape.lifecycle ? logViews : ['events']
  const parts = logParts.filter((part) => !copies(part, own))
  await writer.script(parts.map((part) => createDraft(writer.dialect, log, part)).join('; '))
  await writer.script(businessDaysSql(shape.startMs, shape.endMs))
  await codeTexts(writer, log, shape)
  await writer.settle()
  await writeViews(writer, options, shape)
  const variants = await writeCases(writer, log, own, shape)
  await dropPrepared(writer)
  await writer.settle()
  await replaceLog(writer, log, parts)
  const prepared = { ...(await describe(writer, options, shape)), variants }
  await writeMeta(writer, { [metaKey(log)]: JSON.stringify(prepared) })
  return prepared
}

/** A view that would hold the same rows as `events` reads its table. */
const copies = (part: LogPart, own: readonly LogView[]) =>
  (logViews as readonly string[]).includes(part) && !(own as readonly string[]).includes(part)

async function writeViews(writer: Writer, options: PrepareOptions, shape: LogShape): Promise<void> {
  const { log } = options
  const write = async (view: LogView, spans = shape.spans) => {
    await writer.settle()
    await writeView(writer, log, view, { spans })
    await spanCases(writer, view, { spans, units: shape.units })
    // Those of the events are read again for the other views.
    if (view !== 'events') await writer.script(`drop table ${rowsTable(view)}`)
  }
  const also = [...(shape.units ? ['unit_no'] : []), ...(shape.attributes ? ['attributes_row'] : [])]
  await followRows(writer, 'events', sortedRows(options, shape), shape, also)
  if (shape.attributes) await firstAttributes(writer)
  if (!shape.lifecycle) return write('events')
  await writer.settle()
  const pair = await pairMoves(writer, shape)
  const writeOthers = async () => {
    await write('events')
    const all = rowsTable('events')
    await followRows(writer, 'complete', sql`select * from ${raw(all)} where ${raw(completed(shape))}`, shape)
    await write('complete')
  }
  const [pairs] = await allEnded([pair(), writeOthers()])
  await writePairs(writer, pairs)
  // Work items end after they begin, also where no event does.
  await followRows(writer, 'work_items', raw(workItemRows(shape)), { spans: true })
  await write('work_items', true)
}

/** The drafts take the place of what stood there. */
async function replaceLog(writer: Writer, log: number, parts: readonly LogPart[]): Promise<void> {
  await dropTables(writer, logPrefix(log), draftPrefix(log))
  const renamed = parts.map((part) => `alter table ${draftTable(log, part)} rename to ${logTable(log, part)}`)
  const views = logParts
    .filter((part) => !parts.includes(part))
    .map((part) => `create view ${logTable(log, part)} as select * from ${logTable(log, 'events')}`)
  await writer.script([...renamed, ...views].join('; '))
  await writer.run(sql`delete from warehouse_meta where key = ${staleKey + log}`)
}

async function describe(
  writer: Writer,
  { process, log }: PrepareOptions,
  shape: LogShape,
): Promise<Omit<PreparedLog, 'variants'>> {
  const counted = (part: 'cases' | 'activities') => sql`(select count(*) from ${raw(logTable(log, part))})`
  const { rows } = await writer.run(sql`select ${counted('cases')} as cases, ${counted('activities')} as activities`)
  return {
    process,
    log,
    cases: Number(rows[0]!.cases),
    events: shape.events,
    activities: Number(rows[0]!.activities),
    lifecycle: shape.lifecycle,
    calendar: calendarVersion,
    preparedAt: new Date().toISOString(),
  }
}

export async function dropLog(writer: Writer, log: number): Promise<void> {
  await dropTables(writer, logPrefix(log))
  await writer.run(sql`delete from warehouse_meta where key in (${metaKey(log)}, ${staleKey + log})`)
}

/** Drops the tables and views whose names begin with a prefix, except for those that begin with another. */
async function dropTables(writer: Writer, prefix: string, except?: string): Promise<void> {
  const { rows } = await writer.run(sql`select table_name as name, table_type as type from information_schema.tables
    where table_schema = 'main' and starts_with(table_name, ${prefix})`)
  const found = rows.filter(({ name }) => except === undefined || !String(name).startsWith(except))
  if (found.length === 0) return
  // Views go first: they read the table of events.
  const drops = found.map(({ name, type }) => (type === 'VIEW' ? `drop view ${name}` : `drop table ${name}`))
  await writer.script(drops.sort().reverse().join('; '))
}

/** What was prepared under a number; undefined where nothing was. */
export async function preparedLog(writer: Writer, log: number): Promise<PreparedLog | undefined> {
  const found = (await readMeta(writer))[metaKey(log)]
  return found === undefined ? undefined : (JSON.parse(found) as PreparedLog)
}
