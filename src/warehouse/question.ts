import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { focus } from '#access/narrow.ts'
import type { Permission } from '#access/policy.ts'
import type { Scope } from '#access/scope.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { counter, errorTypeOf, histogram } from '#lib/telemetry.ts'
import type { Text } from '#lib/text.ts'
import type { Dialect } from './dialect.ts'
import { definitionsVersion } from './metricDefinitions.ts'
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
  /** Reads whole logs or all facts, so that it waits for the few places for such queries. */
  heavy?: boolean
  /** What must be known before the SQL can be written (which log a process has), or the whole answer where it is not in the warehouse. */
  prepare?(context: {
    parameters: z.output<P>
    scope: Scope
    services: Services
    today: string
  }): Promise<Result<unknown>>
  sql?(context: Asking<z.output<P>> & { prepared: never }): Sql
  /** Pure arithmetic on the rows: intervals from mergeable sums, changes, ranks. */
  finish?(rows: Row[], context: { parameters: z.output<P>; prepared: never; today: string }): z.input<R>[]
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
}

/** Answers that stood lately, by everything they depended on. */
export type AnswerCache = Map<string, { version: number; rows: Record<string, unknown>[] }>

const cachedAnswers = 500

const durations = histogram('zhiyin.question.duration', 's', 'Time the warehouse took to answer a question.')
const lookups = counter('zhiyin.question.cache.lookups', '{lookup}', 'Answers looked up in the cache, found or not.')

/** Asks a question for a reader: checks the permission, validates the parameters, runs, finishes, caches. */
export async function ask(
  asked: Question,
  input: unknown,
  context: AskContext,
  cache?: AnswerCache,
): Promise<Result<Answer, 'not_allowed' | 'validation_failed' | 'not_found' | string>> {
  const { warehouse, services, today } = context
  // Who may ask in one branch and something else in ten is answered for that one.
  const scope = focus(context.scope, asked.permission)
  if (!scope) return fail('not_allowed')
  const parsed = asked.parameters.safeParse(input ?? {})
  if (!parsed.success) return fail('validation_failed', { issues: parsed.error.issues })
  const parameters = parsed.data
  let prepared: unknown
  if (asked.prepare) {
    const outcome = await asked.prepare({ parameters, scope, services, today })
    if (!outcome.ok) return outcome
    prepared = outcome.value
  }
  // The version is read before the facts: an answer may be newer than its key says, never older.
  const version = warehouse.dataVersion()
  const key = asked.sql ? cacheKey(asked, parameters, prepared, { ...context, scope }) : undefined
  let rows = key === undefined ? undefined : cached(cache, key, version)
  if (cache && key !== undefined)
    lookups(1, { 'zhiyin.question.id': asked.id, 'zhiyin.cache.result': rows ? 'hit' : 'miss' })
  if (!rows) {
    rows = await answerRows(asked, parameters, prepared, { ...context, scope })
    if (cache && key !== undefined) keep(cache, key, version, rows)
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

async function answerRows(
  asked: Question,
  parameters: unknown,
  prepared: unknown,
  { warehouse, scope, today }: AskContext,
): Promise<Record<string, unknown>[]> {
  const options = { question: asked.id, ...(asked.heavy ? { heavy: true } : {}) }
  const found = asked.sql
    ? await timed(asked.id, warehouse, () =>
        warehouse.read(
          asked.sql!({ parameters, from, dialect: warehouse.dialect, today, prepared: prepared as never }),
          scope,
          options,
        ),
      )
    : undefined
  const rows = found ? found.rows : (prepared as Row[])
  return (asked.finish ? asked.finish(rows, { parameters, prepared: prepared as never, today }) : rows) as Record<
    string,
    unknown
  >[]
}

async function timed<T>(id: string, { dialect }: Warehouse, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  let error: string | undefined
  try {
    return await work()
  } catch (fault) {
    error = errorTypeOf(fault)
    throw fault
  } finally {
    durations((performance.now() - began) / 1000, {
      'zhiyin.question.id': id,
      'db.system.name': dialect.name,
      'error.type': error,
    })
  }
}

function cached(cache: AnswerCache | undefined, key: string, version: number) {
  const hit = cache?.get(key)
  if (!cache || !hit || hit.version !== version) return undefined
  // Put at the end: what is asked often is dropped last.
  cache.delete(key)
  cache.set(key, hit)
  return hit.rows
}

function keep(cache: AnswerCache, key: string, version: number, rows: Record<string, unknown>[]): void {
  cache.set(key, { version, rows })
  if (cache.size > cachedAnswers) cache.delete(cache.keys().next().value as string)
}

/** Everything an answer depends on but the facts' version, which is kept beside it so that a newer answer takes its place. */
function cacheKey(asked: Question, parameters: unknown, prepared: unknown, { warehouse, scope, today }: AskContext) {
  const units = scope.units === 'all' ? 'all' : createHash('sha256').update(scope.units.join('\0')).digest('hex')
  const { dimensions, calendar } = warehouse.versions()
  return JSON.stringify([
    asked.id,
    asked.version,
    parameters,
    prepared ?? null,
    units,
    definitionsVersion,
    dimensions,
    calendar,
    today,
  ])
}
