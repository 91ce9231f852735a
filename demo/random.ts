/** Uniform numbers in [0, 1). */
export type Random = () => number

/**
 * A stream of its own for each thing the demo draws: a seed and the names of the thing. Adding a branch, a day or a
 * plant therefore never shifts the numbers of another, and two runs that differ in one plant share all the rest.
 */
export function stream(seed: number, ...names: (string | number)[]): Random {
  // cyrb128 over the names, then sfc32 (Chris Doty-Humphrey's Small Fast Counting generator).
  const text = `${seed}|${names.join('|')}`
  let a = 1779033703
  let b = 3144134277
  let c = 1013904242
  let d = 2773480762
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = b ^ Math.imul(a ^ code, 597399067)
    b = c ^ Math.imul(b ^ code, 2869860233)
    c = d ^ Math.imul(c ^ code, 951274213)
    d = a ^ Math.imul(d ^ code, 2716044179)
  }
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

/** A standard normal (Box and Muller 1958); always two draws, so that streams stay aligned. */
export function normal(random: Random): number {
  const u = 1 - random()
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * random())
}

/** A normal cut off at so many standard deviations: for random effects that must stay within bounds. */
export const boundedNormal = (random: Random, sd: number, bound: number): number =>
  Math.max(-bound, Math.min(bound, normal(random) * sd))

export const lognormal = (random: Random, median: number, sigma: number): number =>
  median * Math.exp(sigma * normal(random))

export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random())

/** A Poisson count: by products for small means, by the rounded normal beyond 60, where the difference cannot be seen. */
export function poisson(random: Random, mean: number): number {
  if (mean <= 0) return 0
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  const limit = Math.exp(-mean)
  let product = random()
  let count = 0
  while (product > limit) {
    product *= random()
    count++
  }
  return count
}

export const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T

/** Draws an index in proportion to weights; give the running totals once, draw often. */
export function runningTotals(weights: readonly number[]): Float64Array {
  const totals = new Float64Array(weights.length)
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i] as number
    totals[i] = sum
  }
  return totals
}

export function pickIndex(random: Random, totals: Float64Array): number {
  const last = totals.length - 1
  const wanted = random() * (totals[last] as number)
  let low = 0
  let high = last
  while (low < high) {
    const middle = (low + high) >> 1
    if ((totals[middle] as number) > wanted) high = middle
    else low = middle + 1
  }
  return low
}
