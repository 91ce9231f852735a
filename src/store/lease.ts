/**
 * Work that one of several servers does belongs to it for as long as it says so again; what a dead one left is free when
 * its lease has run out. The store's clock counts, for servers' own may differ.
 */
export const leaseSeconds = 60

/** SQL, of a row's `lease_until`. */
export const leaseEnd = `now() + interval '${leaseSeconds} seconds'`
export const leaseOver = '(lease_until is null or lease_until < now())'

export class LeaseLost extends Error {
  constructor() {
    super('another server may have taken this work over')
    this.name = 'LeaseLost'
  }
}

export interface Lease {
  /** Aborted once the work is, or may be, another server's. */
  readonly lost: AbortSignal
  stop(): Promise<void>
}

/** Has `renew` write the lease anew every so often; it answers false where the row is no longer this server's. */
export function keepLease(
  renew: () => Promise<boolean>,
  everyMs = 10_000,
  now: () => number = () => performance.now(),
): Lease {
  const lost = new AbortController()
  const lose = () => {
    if (!lost.signal.aborted) lost.abort(new LeaseLost())
  }
  let renewed = now()
  let going: Promise<void> | undefined
  const once = async () => {
    const asked = now()
    try {
      if (await renew()) renewed = asked
      else lose()
    } catch {
      // The store is away: the lease runs out by itself, here as there.
    }
  }
  const timer = setInterval(() => {
    if (now() - renewed > leaseSeconds * 1000) lose()
    going ??= once().finally(() => {
      going = undefined
    })
  }, everyMs).unref()
  return {
    lost: lost.signal,
    stop: async () => {
      clearInterval(timer)
      await going
    },
  }
}
