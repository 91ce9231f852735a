import type { Dialect, StoredType } from './dialect.ts'

/** The three readings of an event log; each has a table of rows and its own columns in the case table. */
export const logViews = ['events', 'complete', 'work_items'] as const
export type LogView = (typeof logViews)[number]

/** What a prepared log consists of; the tables are called log_<number>_<part>. */
export const logParts = [...logViews, 'cases', 'activities', 'resources', 'lifecycles'] as const
export type LogPart = (typeof logParts)[number]

export const logPrefix = (log: number): string => {
  if (!Number.isSafeInteger(log) || log < 0) throw new Error('a log has a number')
  return `log_${log}_`
}

export const logTable = (log: number, part: LogPart): string => `${logPrefix(log)}${part}`

/** A part is written here until the whole log is there and takes the place of the old one. */
export const draftPrefix = (log: number): string => `${logPrefix(log)}draft_`

export const draftTable = (log: number, part: LogPart): string => `${draftPrefix(log)}${part}`

/** Rows of a view, sorted by case and time. Codes begin at 1; times between rows are microseconds, exact as integers. */
const row = {
  /** The row's place in the sorted view: orders the rows of a case on every engine. */
  row_no: 'bigint',
  case_no: 'integer',
  /** The first row of its case. */
  begins: 'boolean',
  activity_no: 'integer',
  resource_no: 'integer',
  lifecycle_no: 'smallint',
  start_at: 'timestamp',
  /** Equal to start_at where only one time is known; null for a work item that never ended. */
  end_at: 'timestamp',
  next_activity_no: 'integer',
  /** From this row's end to the next row's start; negative where they overlap. */
  gap_micros: 'bigint',
  /** The same in business hours. */
  business_gap_micros: 'bigint',
} as const satisfies Record<string, StoredType>

/**
 * One row a case. Columns with a view's name before them hold for that view, plain ones for `events`. Cases with the same
 * sequence of activities share a variant's number, in whichever view; any of them spells the variant out.
 */
const cases = {
  case_no: 'integer',
  case_key: 'text',
  unit_id: 'text',
  start_at: 'timestamp',
  end_at: 'timestamp',
  events: 'integer',
  variant_no: 'integer',
  complete_start_at: 'timestamp',
  complete_end_at: 'timestamp',
  complete_events: 'integer',
  complete_variant_no: 'integer',
  work_items_start_at: 'timestamp',
  work_items_end_at: 'timestamp',
  work_items_events: 'integer',
  work_items_variant_no: 'integer',
  /** JSON: attributes of the first of its events that has some. */
  attributes: 'text',
} as const satisfies Record<string, StoredType>

export const logColumns: Record<LogPart, Record<string, StoredType>> = {
  events: row,
  complete: row,
  work_items: row,
  cases,
  activities: { activity_no: 'integer', activity: 'text' },
  resources: { resource_no: 'integer', resource: 'text' },
  /** Lower case; '' where the log has none. */
  lifecycles: { lifecycle_no: 'smallint', lifecycle: 'text' },
}

/** The prefix of a view's columns in the case table. */
export const caseColumns = (view: LogView) => {
  const prefix = view === 'events' ? '' : `${view}_`
  return {
    startAt: `${prefix}start_at`,
    endAt: `${prefix}end_at`,
    events: view === 'events' ? 'events' : `${prefix}events`,
    variantNo: `${prefix}variant_no`,
  }
}

export const createDraft = (dialect: Dialect, log: number, part: LogPart): string =>
  `create table ${draftTable(log, part)} (${Object.entries(logColumns[part])
    .map(([name, type]) => `${name} ${dialect.type(type)}`)
    .join(', ')})`
