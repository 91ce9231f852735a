import { z } from 'zod'
import { fail, ok, type Result } from '#lib/result.ts'
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
    factor: z.number().optional(),
    /** Makes a yes or no of the column. */
    is: rowTest.optional(),
  }),
])
export type FieldSource = z.output<typeof fieldSource>

export const mapping = z.strictObject({
  kind: z.enum(importKinds),
  /** Name of the source system: with the mapped id it is the identity of a fact across files. */
  source: z
    .string()
    .min(1)
    .max(80)
    .regex(/^[\w.-]+$/),
  /** For whoever reads the file: where the data came from, what was assumed. */
  note: z.string().max(2000).optional(),
  /** Events only. */
  process: z
    .string()
    .min(1)
    .max(60)
    .regex(/^[\w-]+$/)
    .optional(),
  processName: z.strictObject({ zh: z.string().max(80), en: z.string().max(80) }).optional(),
  /** Whose customer and staff numbers these are; the same number from the same system is the same person in every file. */
  identities: z
    .string()
    .min(1)
    .max(80)
    .regex(/^[\w.-]+$/)
    .default('core'),
  /** In which the file's times without an offset were written; the home's own when absent. */
  timeZone: z.string().max(60).optional(),
  file: z
    .strictObject({
      delimiter: z.string().length(1).optional(),
      quote: z.string().length(1).optional(),
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
  /** What becomes of columns nobody mapped: kept as attributes, or left out. */
  rest: z.enum(['attributes', 'drop']).default('attributes'),
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
    if (!fields[name])
      issues.push(`columns.${name}: ${given.kind} has no such field (it has ${Object.keys(fields).join(', ')})`)
    if (typeof source === 'object' && !('constant' in source) && !source.column === !source.columns) {
      issues.push(`columns.${name}: give one of column, columns, constant`)
    }
  }
  if (given.kind === 'events' && !given.process) issues.push('process: an event log belongs to a process')
  if (given.items.length > 0 && given.kind !== 'responses') issues.push('items: only responses have items')
  for (const [name, field] of Object.entries(fields)) {
    if (field.required && !given.columns[name]) issues.push(`columns.${name}: this field is required`)
  }
  return issues
}

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
