/** A fixed number of things lent out one at a time; who comes late waits in order, and may give up waiting. */
export class Pool<T> {
  private readonly idle: T[]
  private readonly waiting: { take: (item: T) => void }[] = []

  constructor(items: readonly T[]) {
    this.idle = [...items]
  }

  /** How many wait for an item now. */
  get waitingCount(): number {
    return this.waiting.length
  }

  async use<R>(work: (item: T) => Promise<R>, signal?: AbortSignal): Promise<R> {
    signal?.throwIfAborted()
    const item = this.idle.pop() ?? (await this.wait(signal))
    try {
      return await work(item)
    } finally {
      const next = this.waiting.shift()
      if (next) next.take(item)
      else this.idle.push(item)
    }
  }

  private wait(signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const place = {
        take: (item: T) => {
          signal?.removeEventListener('abort', giveUp)
          resolve(item)
        },
      }
      const giveUp = () => {
        const at = this.waiting.indexOf(place)
        if (at >= 0) this.waiting.splice(at, 1)
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      this.waiting.push(place)
    })
  }
}
