import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Permission } from '#access/policy.ts'
import { may, type Scope } from '#access/scope.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import type { Dialect } from './dialect.ts'
import { from } from './relations.ts'
import type { Sql } from './sql.ts'
import type { Row, Warehouse } from './warehouse.ts'

/** What a question's author is given. `today` is the local day of the as-of date. */
export interface Asking<P> {
  parameters: P
  from: typeof from
  dialect: Dialect
  today: string
}

/** One analysis: its parameters, its SQL in the common subset, its rows. One file each, in a feature's questions/. */
export interface Question<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType, Services = unknown> {
  /** `feature.name` */
  id: string
  /** Raised whenever the same parameters on the same facts would answer otherwise. */
  version: number
  title: Text
  /** What the numbers mean, with formula and unit. */
  definition: Text
  permission: Permission
  parameters: P
  row: R
  /** What must be known before the SQL can be written (which log a process has), or the whole answer where it is not in the warehouse. */
  prepare?(context: { parameters: z.output<P>; scope: Scope; services: Services }): Promise<Result<unknown>>
  sql?(context: Asking<z.output<P>> & { prepared: never }): Sql
  /** Pure arithmetic on the rows: intervals from mergeable sums, changes, ranks. */
  finish?(rows: Row[], context: { parameters: z.output<P>; prepared: never }): z.input<R>[]
}

export function question<P extends z.ZodType, R extends z.ZodType, Services = unknown>(
  definition: Question<P, R, Services>,
): Question<P, R, Services> {
  return definition
}

/** What `ask` prints. */
export interface Answer {
  question: string
  version: number
  parameters: unknown
  columns: string[]
  rows: Record<string, unknown>[]
  definition: Text
  asOf: string
  dataVersion: number
}

interface AskContext {
  warehouse: Warehouse
  scope: Scope
  services: unknown
  today: string
  signal?: AbortSignal
}

/** Asks a question for a reader: checks the permission, validates the parameters, runs, finishes, caches. */
export async function ask(
  asked: Question,
  input: unknown,
  context: AskContext,
  cache?: Map<string, { version: number; rows: Record<string, unknown>[] }>,
): Promise<Result<Answer, 'not_allowed' | 'validation_failed' | 'not_found' | string>> {
  const { warehouse, scope, services, today, signal } = context
  if (!may(scope, asked.permission)) return fail('not_allowed')
  const parsed = asked.parameters.safeParse(input ?? {})
  if (!parsed.success) return fail('validation_failed', { issues: parsed.error.issues })
  const parameters = parsed.data
  let prepared: unknown
  if (asked.prepare) {
    const outcome = await asked.prepare({ parameters, scope, services })
    if (!outcome.ok) return outcome
    prepared = outcome.value
  }
  const version = warehouse.dataVersion()
  const key = cacheKey(asked, parameters, prepared, scope, today)
  const hit = cache?.get(key)
  let rows: Record<string, unknown>[]
  if (hit && hit.version === version && asked.sql) rows = hit.rows
  else {
    const raw = asked.sql
      ? (
          await warehouse.read(
            asked.sql({ parameters, from, dialect: warehouse.dialect, today, prepared: prepared as never }),
            scope,
            signal ? { signal } : {},
          )
        ).rows
      : (prepared as Row[])
    rows = (asked.finish ? asked.finish(raw, { parameters, prepared: prepared as never }) : raw) as Record<
      string,
      unknown
    >[]
    if (cache && asked.sql) {
      cache.set(key, { version, rows })
      if (cache.size > 500) cache.delete(cache.keys().next().value as string)
    }
  }
  return ok({
    question: asked.id,
    version: asked.version,
    parameters,
    columns: Object.keys((asked.row as unknown as { shape?: object }).shape ?? rows[0] ?? {}),
    rows,
    definition: asked.definition,
    asOf: new Date().toISOString(),
    dataVersion: version,
  })
}

function cacheKey(asked: Question, parameters: unknown, prepared: unknown, scope: Scope, today: string): string {
  const units = scope.units === 'all' ? 'all' : createHash('sha256').update(scope.units.join('\0')).digest('hex')
  return JSON.stringify([asked.id, asked.version, parameters, prepared ?? null, units, today])
}
