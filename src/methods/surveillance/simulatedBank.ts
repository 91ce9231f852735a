import type { CellSums } from './scales.ts'
import type { LeafCell } from './tree.ts'

/** What goes wrong in a simulated bank: from a month on, at one touchpoint, in these units. */
export interface SimulatedPlant {
  measure: 'csat' | 'wait' | 'success_rate'
  touchpoint: string
  units: readonly string[]
  from: number
  /** csat: points lost; wait: share added for ever, or each month when `grows`; success_rate: share failing in addition. */
  size: number
  grows?: boolean
}

export interface SimulatedBankOptions {
  seed: number
  months?: number
  branches?: number
  /** Answers and waits in one branch, touchpoint and month. */
  answers?: number
  waits?: number
  plants?: readonly SimulatedPlant[]
  /** How restless months are: 1 is a lively bank, 0 a dead calm one. */
  restlessness?: number
}

const branchTouchpoints = ['open', 'info', 'docs', 'transfer', 'advice', 'wealth', 'care', 'loan', 'machine']
const digitalTouchpoints = Array.from({ length: 18 }, (_, i) => `digital${i}`)

/** Small Fast Counting generator (Doty-Humphrey). */
export function uniform(seed: number): () => number {
  let a = seed | 0
  let b = 0x9e3779b9
  let c = 0x243f6a88
  let counter = 1
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 20; i++) next()
  return next
}

/**
 * A bank as monthly sums of all measures: branches in cities and provinces, digital touchpoints in one unit each; scores
 * that follow waits; waits with a season, a festival and paydays, that come by days on which everyone at a branch waits
 * long or nobody does; months, touchpoints and units that drift on their own (AR(1)).
 */
export function simulatedBank(options: SimulatedBankOptions): {
  cells: LeafCell[]
  parentOf: Map<string, string | null>
} {
  const { seed, months = 24, branches = 40, answers = 8, waits = 120, plants = [], restlessness = 1 } = options
  const random = uniform(seed)
  const normal = normalFrom(random)
  const poisson = poissonFrom(random)
  // Measures beside the first four are drawn from a source of their own, which leaves those as they are.
  const beside = uniform(seed + 7_000_003)
  const besideNormal = normalFrom(beside)
  const besidePoisson = poissonFrom(beside)
  const drift = (sd: number) => {
    const values: number[] = []
    for (let m = 0, x = normal() * sd; m < months; m++) {
      values.push(restlessness * x)
      x = 0.5 * x + Math.sqrt(0.75) * sd * normal()
    }
    return values
  }

  const parentOf = new Map<string, string | null>([
    ['hq', null],
    ['dg', 'hq'],
  ])
  const units = Array.from({ length: branches }, (_, b) => {
    const city = `city${b % 8}`
    parentOf.set(city, `province${b % 3}`)
    parentOf.set(`province${b % 3}`, 'hq')
    parentOf.set(`branch${b}`, city)
    return `branch${b}`
  })
  for (const touchpoint of digitalTouchpoints) parentOf.set(touchpoint, 'dg')

  // Season of waits: a festival in winter that moves, a busier summer; volume follows.
  const offset = Math.floor(random() * 12)
  const season = Array.from({ length: months }, (_, m) => {
    const month = (m + offset) % 12
    const festival = month === (Math.floor((m + offset) / 12) % 2 === 0 ? 0 : 1)
    return (festival ? 0.18 : 0) + 0.04 * Math.sin((2 * Math.PI * month) / 12)
  })
  const bankWait = drift(0.04)
  const bankScore = drift(0.02)
  const cells: LeafCell[] = []
  const days = new Map(units.map((unit) => [unit, Array.from({ length: months }, () => daysOf(besideNormal, beside))]))
  const planted = (measure: SimulatedPlant['measure'], touchpoint: string, unit: string, m: number): number => {
    let total = 0
    for (const p of plants)
      if (p.measure === measure && p.touchpoint === touchpoint && p.units.includes(unit) && m >= p.from)
        total += p.size * (p.grows ? m - p.from + 1 : 1)
    return total
  }
  for (const touchpoint of [...branchTouchpoints, ...digitalTouchpoints]) {
    const digital = touchpoint.startsWith('digital')
    const touchpointScore = drift(0.02)
    const touchpointWait = drift(0.03)
    const centre = 4.4 + 0.3 * random()
    for (const unit of digital ? [touchpoint] : units) {
      const level = 0.07 * Math.max(-2, Math.min(2, normal()))
      const waitLevel = 0.12 * Math.max(-2, Math.min(2, normal()))
      const unitScore = drift(0.03)
      const unitWait = drift(0.05)
      const busy = 0.5 + random()
      const csat: CellSums[] = []
      const wait: CellSums[] = []
      const success: CellSums[] = []
      const complaints: CellSums[] = []
      const nps: CellSums[] = []
      const ces: CellSums[] = []
      const duration: CellSums[] = []
      const hops: CellSums[] = []
      for (let m = 0; m < months; m++) {
        const volume = (digital ? 12 : 1) * busy * (1 + season[m]! / 2)
        const longer = season[m]! + bankWait[m]! + touchpointWait[m]! + unitWait[m]! + waitLevel
        const extra = Math.log1p(planted('wait', touchpoint, unit, m))
        const contentment =
          centre + level + bankScore[m]! + touchpointScore[m]! + unitScore[m]! - 0.25 * (longer + extra)
        csat.push(scores(poisson(answers * volume), contentment - planted('csat', touchpoint, unit, m), normal))
        if (!digital)
          wait.push(waitsOf(poisson(waits * volume), Math.log(300) + longer + extra, days.get(unit)![m]!, besideNormal))
        const asked = poisson(2 * waits * volume)
        const failed = Math.min(asked, poisson(asked * (0.025 + planted('success_rate', touchpoint, unit, m))))
        success.push({ ...share(asked, asked - failed), misses: failed })
        nps.push(recommendations(besidePoisson((answers * volume) / 2), 2 * (contentment - centre), besideNormal))
        ces.push(scores(besidePoisson((answers * volume) / 2), contentment + 0.9, besideNormal, 7))
        duration.push(times(asked, Math.log(400) + (touchpointWait[m]! + unitWait[m]!) / 3, besideNormal))
        hops.push(share(asked, besidePoisson(asked * 0.06)))
        complaints.push({ n: poisson(asked * 0.0018), total: 0, totalSquares: 0, hits: 0, misses: 0, exposure: asked })
      }
      const cell = (measure: string, months: CellSums[]) => cells.push({ measure, touchpoint, unit, months })
      cell('csat', csat)
      if (!digital) cell('wait', wait)
      cell('success_rate', success)
      cell('complaint_rate', complaints)
      cell('nps', nps)
      cell('ces', ces)
      cell('duration', duration)
      cell('channel_hops', hops)
    }
  }
  return { cells, parentOf }
}

const normalFrom = (random: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

function poissonFrom(random: () => number): (mean: number) => number {
  const normal = normalFrom(random)
  return (mean) => {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
    const limit = Math.exp(-mean)
    let product = random()
    let count = 0
    for (; product > limit; count++) product *= random()
    return count
  }
}

const share = (n: number, hits: number): CellSums => ({
  ...{ n, total: 0, totalSquares: 0, misses: 0, exposure: 0 },
  hits: Math.min(n, hits),
})

/** Answers from 1 to a highest: a latent normal, rounded and cut at the ends. */
function scores(n: number, latent: number, normal: () => number, highest = 5): CellSums {
  let total = 0
  let totalSquares = 0
  let hits = 0
  for (let i = 0; i < n; i++) {
    const score = Math.max(1, Math.min(highest, Math.round(latent + 0.25 + 0.9 * normal())))
    total += score
    totalSquares += score * score
    if (score >= 4) hits++
  }
  return { n, total, totalSquares, hits, misses: n - hits, exposure: 0 }
}

/** Answers 0–10: promoters from 9, detractors to 6. */
function recommendations(n: number, shift: number, normal: () => number): CellSums {
  const sums = { n, total: 0, totalSquares: 0, hits: 0, misses: 0, exposure: 0 }
  for (let i = 0; i < n; i++) {
    const score = Math.max(0, Math.min(10, Math.round(8.2 + shift + 1.9 * normal())))
    sums.total += score
    sums.totalSquares += score * score
    if (score >= 9) sums.hits++
    if (score <= 6) sums.misses++
  }
  return sums
}

/** Lognormal times. */
function times(n: number, median: number, normal: () => number): CellSums {
  const sums = { n, total: 0, totalSquares: 0, hits: 0, misses: 0, exposure: 0 }
  // The sums of many are as good as normal: they need not be drawn one by one.
  const mean = Math.exp(median + 0.125)
  const spread = mean * Math.sqrt(Math.expm1(0.25))
  sums.total = Math.max(0, n * mean + Math.sqrt(n) * spread * normal())
  sums.totalSquares = n * (mean * mean + spread * spread)
  return sums
}

const workdays = 21

/** What everyone who comes on a day of a month shares: most days are like any, on a few the queue gets out of hand. */
const daysOf = (normal: () => number, random: () => number): number[] =>
  Array.from({ length: workdays }, () => 0.45 * normal() + (random() < 0.02 ? 1 : 0))

/** Waits: lognormal around their day. */
function waitsOf(n: number, median: number, days: readonly number[], normal: () => number): CellSums {
  const sums = { n, total: 0, totalSquares: 0, hits: 0, misses: 0, exposure: 0 }
  for (let i = 0; i < n; i++) {
    const seconds = Math.exp(median + days[i % workdays]! + 0.65 * normal())
    sums.total += seconds
    sums.totalSquares += seconds * seconds
    if (seconds <= 600) sums.hits++
  }
  return sums
}
