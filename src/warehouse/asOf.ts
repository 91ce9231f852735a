import { AsyncLocalStorage } from 'node:async_hooks'
import type { Versions } from './warehouse.ts'

const calls = new AsyncLocalStorage<{ began?: Versions }>()

/** Runs a call; with what it comes to, the versions it began to read facts by, or undefined where it read none. */
export async function readingAsOf<T>(work: () => Promise<T>): Promise<{ value: T; asOf: Versions | undefined }> {
  const call: { began?: Versions } = {}
  const value = await calls.run(call, work)
  return { value, asOf: call.began }
}

/** The first reading of a call counts: what is read after it is as new, or newer. */
export function noteReading(versions: () => Versions): void {
  const call = calls.getStore()
  if (call) call.began ??= versions()
}
