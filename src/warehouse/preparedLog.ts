import { calendarVersion } from './calendar.ts'
import { writeCases } from './logCases.ts'
import { codeTexts, dropPrepared, type LogShape, shapeOf, sortRows, writeView } from './logRows.ts'
import { createLogTable, type LogPart, type LogView, logParts, logTable, logViews } from './logTables.ts'
import { readMeta, writeMeta } from './migrations.ts'
import { raw, sql } from './sql.ts'
import type { PreparedLog, Writer } from './warehouse.ts'
import { completed, pairWorkItems } from './workItems.ts'

export interface PrepareOptions {
  /** The process as the facts name it. */
  process: string
  /** The number under which its tables stand. */
  log: number
  /** The home's zone, in which business hours run. */
  timeZone: string
}

const metaKey = (log: number) => `log_${log}`

/**
 * Prepares the event log of a process from its facts, in the writer's transaction: readers see the old log until it
 * commits. Cases are numbered by their start, activities by name; rows are written sorted by case and time, ties in the
 * order of loads and of their files. Undefined, and no tables, where the process has no events.
 */
export async function prepareLog(writer: Writer, options: PrepareOptions): Promise<PreparedLog | undefined> {
  const { process, log } = options
  await dropLog(writer, log)
  const shape = await shapeOf(writer, process)
  if (!shape) return undefined
  const own: readonly LogView[] = shape.lifecycle ? logViews : ['events']
  const copies = (part: LogPart) =>
    part !== 'events' && !shape.lifecycle && (logViews as readonly string[]).includes(part)
  // A view that would hold the same rows as `events` reads its table.
  const tables = logParts.map((part) =>
    copies(part)
      ? `create view ${logTable(log, part)} as select * from ${logTable(log, 'events')}`
      : createLogTable(writer.dialect, log, part),
  )
  await writer.script(tables.join('; '))
  await codeTexts(writer, log, shape)
  await sortRows(writer, options, shape)
  await writeView(writer, { log, view: 'events', rows: 'prep_events' }, shape)
  if (shape.lifecycle) {
    await writeView(writer, { log, view: 'complete', rows: `prep_events where ${completed(shape)}` }, shape)
    await pairWorkItems(writer, shape)
    await writeView(writer, { log, view: 'work_items', rows: 'prep_work_items' }, { spans: true })
  }
  const variants = await writeCases(writer, log, own, shape)
  await dropPrepared(writer)
  const prepared = { ...(await describe(writer, options, shape)), variants }
  await writeMeta(writer, { [metaKey(log)]: JSON.stringify(prepared) })
  return prepared
}

async function describe(
  writer: Writer,
  { process, log }: PrepareOptions,
  shape: LogShape,
): Promise<Omit<PreparedLog, 'variants'>> {
  const counted = async (part: 'cases' | 'activities') =>
    Number((await writer.run(sql`select count(*) as n from ${raw(logTable(log, part))}`)).rows[0]!.n)
  return {
    process,
    log,
    cases: await counted('cases'),
    events: shape.events,
    activities: await counted('activities'),
    lifecycle: shape.lifecycle,
    calendar: calendarVersion,
    preparedAt: new Date().toISOString(),
  }
}

export async function dropLog(writer: Writer, log: number): Promise<void> {
  const { rows } = await writer.run(sql`select table_name as name, table_type as type from information_schema.tables
    where table_schema = 'main' and starts_with(table_name, ${`log_${log}_`})`)
  if (rows.length === 0) return
  // Views go first: they read the table of events.
  const drops = rows.map(({ name, type }) => (type === 'VIEW' ? `drop view ${name}` : `drop table ${name}`))
  await writer.script(drops.sort().reverse().join('; '))
  await writer.run(sql`delete from warehouse_meta where key = ${metaKey(log)}`)
}

/** What was prepared under a number; undefined where nothing was. */
export async function preparedLog(writer: Writer, log: number): Promise<PreparedLog | undefined> {
  const found = (await readMeta(writer))[metaKey(log)]
  return found === undefined ? undefined : (JSON.parse(found) as PreparedLog)
}
