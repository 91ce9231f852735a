/** Mergeable sums of one cell over one month, as the daily rollup keeps them. */
export interface CellSums {
  n: number
  total: number
  totalSquares: number
  hits: number
  misses: number
  /** What events are counted against; 0 where the measure is not a rate. */
  exposure: number
}

export const noSums: CellSums = { n: 0, total: 0, totalSquares: 0, hits: 0, misses: 0, exposure: 0 }

export const addSums = (a: CellSums, b: CellSums): CellSums => ({
  n: a.n + b.n,
  total: a.total + b.total,
  totalSquares: a.totalSquares + b.totalSquares,
  hits: a.hits + b.hits,
  misses: a.misses + b.misses,
  exposure: a.exposure + b.exposure,
})

export const subtractSums = (a: CellSums, b: CellSums): CellSums => ({
  n: a.n - b.n,
  total: a.total - b.total,
  totalSquares: a.totalSquares - b.totalSquares,
  hits: a.hits - b.hits,
  misses: a.misses - b.misses,
  exposure: a.exposure - b.exposure,
})

/**
 * The scale on which a measure is tested: its variance hardly depends on its level there, and larger is always worse.
 * `y` of sums has variance `unitVariance / size` when observations are independent.
 */
export interface Scale {
  y(sums: CellSums): number
  size(sums: CellSums): number
  unitVariance(pool: CellSums): number
  /** Skewness of one observation towards the worse side; 0 where the scale has removed it. */
  unitSkewness(pool: CellSums): number
  /** Observations that lie together share their cause, as those do who wait in one queue. */
  clustered?: boolean
  /** From the measure's own unit to the scale, and back. */
  toScale(value: number): number
  fromScale(y: number): number
}

const momentsOf = (pool: CellSums) => {
  const mean = pool.total / pool.n
  return { mean, variance: Math.max(0, pool.totalSquares / pool.n - mean * mean) }
}

/** A score between two ends, higher is better. Its skewness is that of the beta distribution with its mean and variance. */
export function scoreScale(lowest: number, highest: number): Scale {
  const range = highest - lowest
  return {
    y: (s) => -s.total / s.n,
    size: (s) => s.n,
    // Answers all alike still vary: a fiftieth of the largest variance the range allows.
    unitVariance: (pool) => Math.max(momentsOf(pool).variance, (range * range) / 200),
    unitSkewness: (pool) => {
      const { mean, variance } = momentsOf(pool)
      const m = Math.min(0.995, Math.max(0.005, (mean - lowest) / range))
      const v = Math.min(Math.max(variance / range ** 2, 1e-4), 0.95 * m * (1 - m))
      const both = (m * (1 - m)) / v - 1
      const a = m * both
      const b = (1 - m) * both
      return (-2 * (b - a) * Math.sqrt(both + 1)) / ((both + 2) * Math.sqrt(a * b))
    },
    toScale: (value) => -value,
    fromScale: (y) => -y,
  }
}

/** Net promoter score in points. */
export const npsScale: Scale = {
  y: (s) => (-100 * (s.hits - s.misses)) / s.n,
  size: (s) => s.n,
  unitVariance: (pool) => {
    const up = (pool.hits + 0.75) / (pool.n + 3)
    const down = (pool.misses + 0.75) / (pool.n + 3)
    return 10_000 * (up + down - (up - down) ** 2)
  },
  unitSkewness: (pool) => {
    const up = (pool.hits + 0.75) / (pool.n + 3)
    const down = (pool.misses + 0.75) / (pool.n + 3)
    const mean = down - up
    const variance = up + down - mean ** 2
    const third = down * (1 - mean) ** 3 + up * (-1 - mean) ** 3 + (1 - up - down) * (-mean) ** 3
    return third / variance ** 1.5
  },
  toScale: (value) => -value,
  fromScale: (y) => -y,
}

/** Times, longer is worse, on the logarithm of their mean. Skewness as if lognormal: cv³ is left by the logarithm. */
export const timeScale: Scale = {
  clustered: true,
  y: (s) => Math.log(Math.max(1e-9, s.total / s.n)),
  size: (s) => s.n,
  unitVariance: (pool) => {
    const { mean, variance } = momentsOf(pool)
    // Nobody ever waited: there is no scatter to learn from, so it is taken as large.
    return mean > 0 ? Math.max(variance / mean ** 2, 0.01) : 1
  },
  unitSkewness: (pool) => {
    const { mean, variance } = momentsOf(pool)
    return mean > 0 ? (Math.sqrt(variance) / mean) ** 3 : 0
  },
  toScale: (value) => Math.log(Math.max(1e-9, value)),
  fromScale: (y) => Math.exp(y),
}

/** A share, on the arcsine of its root (Anscombe 1948, doi 10.1093/biomet/35.3-4.246). `bad` counts what is worse. */
export function shareScale(bad: 'hits' | 'misses of hits'): Scale {
  const worse = bad === 'hits' ? (s: CellSums) => s.hits : (s: CellSums) => s.n - s.hits
  const back = (share: number) => (bad === 'hits' ? share : 1 - share)
  return {
    y: (s) => Math.asin(Math.sqrt((worse(s) + 0.375) / (s.n + 0.75))),
    size: (s) => s.n,
    unitVariance: () => 0.25,
    unitSkewness: () => 0,
    toScale: (value) => Math.asin(Math.sqrt(Math.min(1, Math.max(0, back(value))))),
    fromScale: (y) => back(Math.sin(Math.min(Math.PI / 2, Math.max(0, y))) ** 2),
  }
}

/** Events per `per` of exposure, on the root of the rate (Anscombe 1948). */
export function rateScale(per: number): Scale {
  return {
    y: (s) => Math.sqrt((s.n + 0.375) / s.exposure),
    size: (s) => s.exposure,
    unitVariance: () => 0.25,
    unitSkewness: () => 0,
    toScale: (value) => Math.sqrt(Math.max(0, value) / per),
    fromScale: (y) => Math.max(0, y) ** 2 * per,
  }
}
