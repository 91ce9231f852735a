import { z } from 'zod'
import { fail, ok, type Result } from '#lib/result.ts'
import type { ColumnType } from '../facts.ts'
import { type ImportKind, importFields, importKinds } from './kinds.ts'

const scalar = z.union([z.string().max(400), z.number(), z.boolean()])
const column = z.string().min(1).max(200)

/** Which rows a test holds for, on the text as it stands in the file. Numbers compare as numbers. */
const rowTest = z.strictObject({
  in: z.array(z.string()).optional(),
  notIn: z.array(z.string()).optional(),
  below: z.number().optional(),
  above: z.number().optional(),
  empty: z.boolean().optional(),
})

/** Where a field's value comes from. A plain text names a column. */
export const fieldSource = z.union([
  column,
  z.strictObject({ constant: scalar }),
  z.strictObject({
    column: column.optional(),
    /** Several columns joined by `separator`, for a date and a time apart or an id of two parts. */
    columns: z.array(column).min(1).max(8).optional(),
    separator: z.string().max(3).default(' '),
    /** A strptime format such as `%y%m%d %H:%M:%S`; without one ISO 8601 and common forms are read. */
    format: z.string().max(80).optional(),
    /** Translation of what stands in the file; `otherwise` is for values not listed (absent: they stay as they are). */
    values: z.record(z.string(), scalar.nullable()).optional(),
    otherwise: scalar.nullable().optional(),
    /** Multiplies a number: minutes to seconds is 60. */
    factor: z.number().min(-1e9).max(1e9).optional(),
    /** What stands before the decimals of a number; `,` reads `1.234,50`. */
    decimal: z.enum(['.', ',']).optional(),
    /** Makes a yes or no of the column. */
    is: rowTest.optional(),
  }),
])
export type FieldSource = z.output<typeof fieldSource>
type ColumnSource = Exclude<FieldSource, string | { constant: unknown }>

/** Letters and digits of any script: a process may be called 贷款审批. */
const label = z.string().regex(/^[\p{L}\p{M}\p{N}_.-]+$/u)

export const mapping = z.strictObject({
  kind: z.enum(importKinds),
  /** Name of the source system: with the mapped id it is the identity of a fact across files. */
  source: label.max(80),
  /** For whoever reads the file: where the data came from, what was assumed. */
  note: z.string().max(2000).optional(),
  /** Events only. */
  process: label.max(60).optional(),
  processName: z.strictObject({ zh: z.string().max(80), en: z.string().max(80) }).optional(),
  /** Whose customer and staff numbers these are; the same number from the same system is the same person in every file. */
  identities: label.max(80).default('core'),
  /** In which the file's times without an offset were written; the home's own when absent. */
  timeZone: z.string().max(60).optional(),
  file: z
    .strictObject({
      /** One character or several, such as `||`. */
      delimiter: z
        .string()
        .min(1)
        .max(8)
        .regex(/^[^\0\r\n\ufeff]+$/)
        .optional(),
      quote: z
        .string()
        .regex(/^[!-~]$/)
        .optional(),
      encoding: z.enum(['utf-8', 'gb18030', 'utf-16le', 'utf-16be']).optional(),
      header: z.boolean().optional(),
      sheet: z.string().max(100).optional(),
    })
    .default({}),
  columns: z.record(z.string(), fieldSource).default({}),
  /** Rows that are not facts and say so: counted as skipped with this reason, not as errors. */
  skip: z
    .array(rowTest.extend({ column, because: z.string().max(200) }))
    .max(20)
    .default([]),
  /** Responses in wide form: one column an item. */
  items: z
    .array(
      z.strictObject({
        column,
        item: z.string().max(80).optional(),
        metric: z.enum(['nps', 'csat', 'ces', 'other']).default('other'),
        scale: z.tuple([z.number(), z.number()]),
        touchpoint: z.string().max(64).optional(),
      }),
    )
    .max(400)
    .default([]),
  /**
   * What becomes of columns nobody mapped: kept as attributes but for those that say who somebody is, left out, or exactly
   * these kept, whatever they say.
   */
  rest: z.union([z.enum(['attributes', 'drop']), z.array(column).max(1000)]).default('attributes'),
})
export type Mapping = z.output<typeof mapping>

/** Checks a mapping against the kind's fields and, where the columns are known, against the file. */
export function readMapping(
  input: unknown,
  fileColumns?: readonly string[],
): Result<Mapping, 'mapping_invalid' | 'mapping_column_unknown'> {
  const parsed = mapping.safeParse(input)
  if (!parsed.success) {
    return fail('mapping_invalid', {
      issues: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    })
  }
  const issues = problemsOf(parsed.data)
  if (issues.length > 0) return fail('mapping_invalid', { issues })
  if (fileColumns) {
    const unknown = columnsOf(parsed.data).filter((name) => !fileColumns.includes(name))
    if (unknown.length > 0) return fail('mapping_column_unknown', { unknown, columns: [...fileColumns] })
  }
  return ok(parsed.data)
}

function problemsOf(given: Mapping): string[] {
  const fields = importFields[given.kind as ImportKind]
  const issues: string[] = []
  for (const [name, source] of Object.entries(given.columns)) {
    if (!Object.hasOwn(fields, name))
      issues.push(`columns.${name}: ${given.kind} has no such field (it has ${Object.keys(fields).join(', ')})`)
    else if (typeof source === 'object' && !('constant' in source))
      issues.push(...problemsOfSource(source, fields[name]!.type).map((problem) => `columns.${name}: ${problem}`))
  }
  if (given.kind === 'events' && !given.process) issues.push('process: an event log belongs to a process')
  if (given.timeZone !== undefined && !isZone(given.timeZone))
    issues.push(`timeZone: there is no time zone ${given.timeZone}`)
  if (given.file.quote !== undefined && given.file.delimiter?.includes(given.file.quote))
    issues.push('file.delimiter: it holds the quote')
  for (const [name, field] of Object.entries(fields)) {
    if (field.required && !Object.hasOwn(given.columns, name)) issues.push(`columns.${name}: this field is required`)
  }
  if (given.kind === 'responses' && Object.hasOwn(given.columns, 'score') && !Object.hasOwn(given.columns, 'metric'))
    issues.push('columns.metric: say what the score measures, by a column or a constant: nps, csat, ces or other')
  return [...issues, ...problemsOfItems(given)]
}

function problemsOfSource(source: ColumnSource, type: ColumnType): string[] {
  const issues: string[] = []
  if (!source.column === !source.columns) issues.push('give one of column, columns, constant')
  if (source.is && type !== 'boolean' && type !== 'text') issues.push(`is makes yes or no, this field is a ${type}`)
  if (source.format !== undefined && !isTimeFormat(source.format))
    issues.push(`${source.format} is no format of a date or time`)
  return issues
}

function problemsOfItems({ kind, items }: Mapping): string[] {
  if (items.length === 0) return []
  const issues = kind === 'responses' ? [] : ['items: only responses have items']
  const named = new Set<string>()
  for (const [i, { column, item = column, scale }] of items.entries()) {
    if (scale[0] >= scale[1]) issues.push(`items.${i}.scale: its lower end comes first`)
    if (named.has(item)) issues.push(`items.${i}: ${item} is there already`)
    named.add(item)
  }
  return issues
}

/** An IANA name; offsets such as +08:00 are no zones. */
function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return /^[A-Za-z]/.test(name)
  } catch {
    return false
  }
}

/** The specifiers that the database's strptime knows. */
const isTimeFormat = (format: string): boolean =>
  /^(?:[^%]|%(?:-?[dmyHIMSj]|[aAbBwYpfgnzZxXcGuUVWT%]))*$/.test(format) && format.includes('%')

/** Every column of the file that a mapping reads. */
export function columnsOf(given: Mapping): string[] {
  const named = Object.values(given.columns).flatMap((source) =>
    typeof source === 'string'
      ? [source]
      : 'constant' in source
        ? []
        : [...(source.column ? [source.column] : []), ...(source.columns ?? [])],
  )
  return [...new Set([...named, ...given.skip.map((test) => test.column), ...given.items.map((item) => item.column)])]
}
