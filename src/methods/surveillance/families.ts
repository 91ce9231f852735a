import type { Span } from './series.ts'
import type { Level, WatchedPlace } from './surveil.ts'
import { type Noise, noiseOf } from './comparisons.ts'

export interface Family {
  key: string
  items: readonly WatchedPlace[]
  /** The lowest units of the same measure: they know best how alike places are. */
  leaves: Family | undefined
}

export type NoiseOf = (family: Family, past: Span, relative: boolean) => Noise

/** Several windows and kinds of test share their past, and with it their noise. */
export function remembered(): NoiseOf {
  const known = new Map<string, Noise>()
  const find: NoiseOf = (family, past, relative) => {
    const key = `${family.key}\0${past.from}\0${past.to}\0${relative}`
    let noise = known.get(key)
    if (!noise) {
      const borrowed = family.leaves && relative ? find(family.leaves, past, relative).prior : undefined
      noise = noiseOf(
        family.items.map((item) => item.prepared),
        past,
        relative,
        borrowed,
      )
      known.set(key, noise)
    }
    return noise
  }
  return find
}

export function familiesOf(watched: readonly WatchedPlace[]): Family[] {
  const keyOf = ({ place }: WatchedPlace, level: Level) =>
    `${place.measure}\0${level}\0${place.others ? 'peers' : 'alone'}`
  const groups = Map.groupBy(watched, (item) => keyOf(item, item.place.level))
  const families = new Map<string, Family>()
  for (const [key, items] of groups) families.set(key, { key, items, leaves: undefined })
  for (const family of families.values()) {
    const first = family.items[0]!
    if (first.place.level !== 'leaf') family.leaves = families.get(keyOf(first, 'leaf'))
  }
  return [...families.values()]
}
