import { setTimeout as sleep } from 'node:timers/promises'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { runningLoads } from './running.ts'
import { closeInterruptedLoads } from './undo.ts'

/** Cancels a load, whichever server works on it; nothing of it stays. */
export async function cancelLoad(services: Services, id: number): Promise<Result<{ id: number }, 'load_not_running'>> {
  const running = runningLoads(services).get(id)
  if (running) {
    running.abort.abort()
    await running.done
    return ok({ id })
  }
  if (!services.server.shared) return fail('load_not_running')
  const asked = await services.store.query(
    "update loads set cancel_asked = true where id = $1 and state = 'running' returning id",
    [id],
  )
  if (asked.length === 0) return fail('load_not_running')
  // Its server looks once a second; where that one is gone, its lease runs out and the load is closed here.
  for (let looked = 0; looked < 120; looked++) {
    await sleep(250)
    const still = await services.store.query("select 1 from loads where id = $1 and state = 'running'", [id])
    if (still.length === 0) break
    await closeInterruptedLoads(services)
  }
  return ok({ id })
}
