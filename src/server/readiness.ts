import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerSelf } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { appliedMigrations, type Migration, newerThan, readMigrations } from '#store/migrate.ts'
import type { Store } from '#store/store.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'

export const answersWithinMs = 1_000

let ours: Promise<Migration[]> | undefined

/**
 * Whether a proxy should send requests here: the server is up and does not stop, the store answers and has the schema
 * that this program needs. A warehouse that is away is said, not waited for: pages of the Store go on without it.
 */
export async function readinessOf(
  { store, warehouse, server }: { store: Store; warehouse: Warehouse; server: ServerSelf },
  withinMs = answersWithinMs,
): Promise<Result<{ warehouse: 'here' | 'away' }, 'not_ready'>> {
  if (server.state !== 'ready') return fail('not_ready', { why: server.state })
  ours ??= readMigrations()
  const migrations = await ours
  const [applied, reached] = await Promise.all([
    within(withinMs, appliedMigrations(store)),
    within(withinMs, warehouse.reachable?.() ?? Promise.resolve(true)),
  ])
  if (!applied) return fail('not_ready', { why: 'store' })
  const there = new Set(applied.map(({ name }) => name))
  // A newer server may have migrated past what this one survives.
  if (migrations.some(({ name }) => !there.has(name)) || newerThan(migrations, applied))
    return fail('not_ready', { why: 'schema' })
  return ok({ warehouse: reached ? 'here' : 'away' })
}

/** Undefined where it failed or took too long. */
const within = <T>(ms: number, work: Promise<T>): Promise<T | undefined> =>
  Promise.race([work.catch(() => undefined), sleep(ms, undefined, { ref: false })])
