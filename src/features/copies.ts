import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '#lib/ids.ts'
import { log } from '#lib/log.ts'
import type { Store } from '#store/store.ts'
import { warehouseCodeOf } from '#warehouse/errors.ts'
import type { Services } from './services.ts'

// Units, customers and model are the Store's; the warehouse has copies of them, which follow each change. A change stands
// once the Store has it: whoever made it must not be told that it failed because the copy could not be made yet.

/** How long a request waits for the copy of what it changed, which goes on without it: a load may have the writer's turn. */
const patienceMs = 3_000
const noteKey = 'dimensions.behind'

/** Has a job look, within minutes and on whichever server, what the warehouse's copies are behind with. */
export const noteBehind = (store: Pick<Store, 'query'>) =>
  store.query(
    'insert into settings (key, value) values ($1, $2::jsonb) on conflict (key) do update set value = excluded.value',
    [noteKey, JSON.stringify(newId('bhd'))],
  )

/** Copies what the Store has; where the warehouse gives no answer that is noted instead. A fault of ours is thrown. */
export async function copyOrNote(services: Pick<Services, 'store'>, copy: () => Promise<unknown>): Promise<void> {
  try {
    await copy()
  } catch (error) {
    const code = warehouseCodeOf(error)
    if (code === undefined) throw error
    log('warn', 'the warehouse is copied to later', { code, said: (error as Error).message })
    await noteBehind(services.store)
  }
}

/** The same for a request, which does not wait for long. */
export async function copySoon(services: Pick<Services, 'store'>, copy: () => Promise<unknown>): Promise<void> {
  const copying = copyOrNote(services, copy)
  const wait = new AbortController()
  const late = sleep(patienceMs, 'late' as const, { signal: wait.signal }).catch(() => undefined)
  try {
    if ((await Promise.race([copying, late])) !== 'late') return
  } finally {
    wait.abort()
  }
  copying.catch((error: unknown) => log('error', 'the warehouse was not copied to', { fault: (error as Error).stack }))
}

/** Copies what was noted as behind. The note stays as long as the warehouse gives no answer. */
export async function catchUp({ store, upkeep }: Pick<Services, 'store' | 'upkeep'>): Promise<void> {
  const [noted] = await store.query<{ value: string }>('select value from settings where key = $1', [noteKey])
  if (!noted) return
  await copyOrNote({ store }, () => upkeep.reconcileDimensions())
  // What was noted meanwhile, here or by somebody else, is another note.
  await store.query('delete from settings where key = $1 and value = $2::jsonb', [noteKey, JSON.stringify(noted.value)])
}
