import type { z } from 'zod'
import type { importField, upload } from '../contract.ts'

export type Upload = z.infer<typeof upload>
export type SeenColumn = Upload['columns'][number]
export type ImportField = z.infer<typeof importField>

/** Where a field's value comes from, as a mapping file says it. */
export type Source = string | { constant: string | number | boolean } | ColumnSource
export interface ColumnSource {
  column?: string
  columns?: string[]
  separator?: string
  format?: string
  values?: Record<string, string | number | boolean | null>
  otherwise?: string | number | boolean | null
  factor?: number
  decimal?: '.' | ','
  is?: Record<string, unknown>
}
export interface Item {
  column: string
  item?: string
  metric: 'nps' | 'csat' | 'ces' | 'other'
  scale: [number, number]
  touchpoint?: string
}

/** A mapping being written: the very content of a --map file, whatever else it says is kept. */
export interface Draft {
  kind: string
  source: string
  process?: string
  processName?: { zh: string; en: string }
  timeZone?: string
  file?: Record<string, unknown>
  columns: Record<string, Source>
  items?: Item[]
  rest?: 'attributes' | 'drop' | string[]
  [other: string]: unknown
}

const columnOf = (source: Source): string | undefined =>
  typeof source === 'string'
    ? source
    : 'constant' in source || source.is || source.columns
      ? undefined
      : (source as ColumnSource).column

/** The field that a column fills by itself. */
export const fieldOf = (draft: Draft, column: string): string | undefined =>
  Object.keys(draft.columns).find((field) => columnOf(draft.columns[field] as Source) === column)

export const itemOf = (draft: Draft, column: string): Item | undefined =>
  draft.items?.find((item) => item.column === column)

/** Fields made of several columns, of a test or of a constant: only a mapping file says these. */
export const composed = (draft: Draft): [field: string, source: Source][] =>
  Object.entries(draft.columns).filter(([, source]) => columnOf(source) === undefined)

/** Whether a column is read by a composed field or a skipped row's test. */
export const readElsewhere = (draft: Draft, column: string): boolean =>
  composed(draft).some(
    ([, source]) =>
      typeof source === 'object' &&
      !('constant' in source) &&
      (source.column === column || source.columns?.includes(column)),
  )

const without = <T>(record: Record<string, T>, ...keys: (string | undefined)[]): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)))

/** Gives a column a meaning, or takes it away; a field has one column only. */
export function assign(draft: Draft, column: string, field: string | undefined): Draft {
  const items = draft.items?.filter((item) => item.column !== column)
  const columns = without(draft.columns, fieldOf(draft, column), field)
  if (field) columns[field] = column
  return { ...draft, columns, ...(items ? { items } : {}) }
}

export function drop(draft: Draft, field: string): Draft {
  return { ...draft, columns: without(draft.columns, field) }
}

/** Reads a column as the answers to a survey's item. */
export function asItem(draft: Draft, item: Item): Draft {
  const rest = assign(draft, item.column, undefined)
  return { ...rest, items: [...(rest.items ?? []), item] }
}

/** How a field's text is read: its format, its decimal sign, what its values mean. */
export function readAs(draft: Draft, field: string, how: Pick<ColumnSource, 'format' | 'values' | 'decimal'>): Draft {
  const source = draft.columns[field]
  if (source === undefined || (typeof source === 'object' && 'constant' in source)) return draft
  const said: ColumnSource = { ...(typeof source === 'string' ? { column: source } : source), ...how }
  if (!said.format) delete said.format
  if (said.values && Object.keys(said.values).length === 0) delete said.values
  const plain = Object.keys(said).length === 1 && said.column !== undefined
  return { ...draft, columns: { ...draft.columns, [field]: plain ? (said.column as string) : said } }
}

export type Look = 'empty' | 'number' | 'time' | 'text'

/** What the values of a column look like. */
export function lookOf(samples: readonly string[]): Look {
  const given = samples.filter((sample) => sample.trim() !== '')
  if (given.length === 0) return 'empty'
  // A bad value among good ones is a row to report, as it is for the guess.
  const most = (is: (sample: string) => boolean) => given.filter(is).length >= 0.6 * given.length
  if (most((sample) => Number.isFinite(Number(sample.replace(/[,，\s]/g, ''))))) return 'number'
  if (most((sample) => /^\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}|^\d{1,2}:\d{2}/.test(sample.trim()))) return 'time'
  return 'text'
}

const scales: [number, number][] = [
  [1, 5],
  [0, 5],
  [1, 7],
  [0, 10],
  [1, 10],
  [0, 100],
]

/** The commonest scale that holds these answers; null where they are no answers on a scale. */
export function scaleOf(samples: readonly string[]): [number, number] | null {
  const given = samples.map(Number)
  if (given.length === 0 || !given.every(Number.isFinite)) return null
  const fits = ([low, high]: [number, number]) => given.every((value) => value >= low && value <= high)
  return scales.find(fits) ?? null
}

/** Letters of any script, as a mapping allows them for a source or a process. */
export const isLabel = (text: string, longest: number): boolean =>
  /^[\p{L}\p{M}\p{N}_.-]+$/u.test(text) && text.length <= longest

/** Another process; the source keeps its name as long as nobody gave it one of its own. */
export const renameProcess = (draft: Draft, process: string): Draft => ({
  ...draft,
  process,
  source: draft.source === draft.process ? process : draft.source,
})

/** Fields that the kind needs and nothing fills. */
export const missing = (draft: Draft, fields: readonly ImportField[]): ImportField[] =>
  fields.filter((field) => field.required && draft.columns[field.id] === undefined)
