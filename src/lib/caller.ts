import { AsyncLocalStorage } from 'node:async_hooks'

/** Why work ended before its time: whoever asked for it went away. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone'
  constructor() {
    super('the caller went away')
  }
}

const signals = new AsyncLocalStorage<AbortSignal | undefined>()

/** Does work that is of use only while somebody waits for it: what it reads ends once the signal says that he left. */
export const whileAwaited = <T>(signal: AbortSignal, work: () => T): T => signals.run(signal, work)

/** Does work that comes to its end, whoever has left meanwhile. */
export const toItsEnd = <T>(work: () => T): T => signals.run(undefined, work)

/** Aborted when nobody waits any more for what is being done here; undefined where it comes to its end in any case. */
export const callerSignal = (): AbortSignal | undefined => signals.getStore()
