import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerSelf } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { appliedMigrations, newerThan, readMigrations } from '#store/migrate.ts'
import type { Store } from '#store/store.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'

type Readiness = Result<{ warehouse: 'here' | 'away' }, 'not_ready'>

/**
 * Says whether a proxy should send requests here: the server is up and does not stop, the store answers and has the
 * schema that this program needs. A warehouse that is away is said, not waited for: pages of the Store go on without it.
 */
export function readinessOf(
  { store, warehouse, server }: { store: Store; warehouse: Warehouse; server: ServerSelf },
  withinMs = 1_000,
): () => Promise<Readiness> {
  const migrations = readMigrations()
  const look = async (): Promise<Readiness> => {
    const [applied, reached] = await Promise.all([
      within(withinMs, appliedMigrations(store)),
      within(withinMs, warehouse.reachable?.() ?? Promise.resolve(true)),
    ])
    if (!applied) return fail('not_ready', { why: 'store' })
    const there = new Set(applied.map(({ name }) => name))
    const ours = await migrations
    // A newer server may have migrated past what this one survives.
    if (ours.some(({ name }) => !there.has(name)) || newerThan(ours, applied))
      return fail('not_ready', { why: 'schema' })
    return ok({ warehouse: reached ? 'here' : 'away' })
  }
  // Anybody may ask, as often as he likes: one look at a time answers all of them.
  let looking: Promise<Readiness> | undefined
  return async () => {
    if (server.state !== 'ready') return fail('not_ready', { why: server.state })
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }
}

/** Undefined where it failed or took too long. */
const within = <T>(ms: number, work: Promise<T>): Promise<T | undefined> =>
  Promise.race([work.catch(() => undefined), sleep(ms, undefined, { ref: false })])
