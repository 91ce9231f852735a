import { callerSignal, whileAwaited } from '#lib/caller.ts'
import { log } from '#lib/log.ts'
import { warehouseCodeOf } from '#warehouse/errors.ts'

/** A page of the Store waits no longer for what it shows beside: a cluster that is silent is as good as away. */
const patienceMs = 3_000

/**
 * What the warehouse says, for pages that go on without it: undefined where it is away, refuses, or says nothing in time.
 * A fault of ours is thrown as ever.
 */
export async function unlessAway<T>(ask: () => Promise<T>): Promise<T | undefined> {
  const patience = new AbortController()
  const caller = callerSignal()
  const signal = caller ? AbortSignal.any([caller, patience.signal]) : patience.signal
  const over = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => {
    over.resolve(undefined)
    patience.abort(new Error('nobody waits for it any more'))
    log('warn', 'a page goes without the warehouse', { said: `nothing for ${patienceMs / 1000} s` })
  }, patienceMs)
  try {
    return await Promise.race([whileAwaited(signal, ask), over.promise])
  } catch (error) {
    const code = warehouseCodeOf(error)
    if (code === undefined) throw error
    log('warn', 'a page goes without the warehouse', { code, said: (error as Error).message })
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
