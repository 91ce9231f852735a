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
 * A bank as monthly sums: branches in cities and provinces, digital touchpoints in one unit each; scores that follow
 * waits; waits with a season, a festival and paydays; months, touchpoints and units that drift on their own (AR(1)).
 */
export function simulatedBank(options: SimulatedBankOptions): {
  cells: LeafCell[]
  parentOf: Map<string, string | null>
} {
  const { seed, months = 24, branches = 40, answers = 8, waits = 120, plants = [], restlessness = 1 } = options
  const random = uniform(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const poisson = (mean: number) => {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
    const limit = Math.exp(-mean)
    let product = random()
    let count = 0
    for (; product > limit; count++) product *= random()
    return count
  }
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
      for (let m = 0; m < months; m++) {
        const volume = (digital ? 12 : 1) * busy * (1 + season[m]! / 2)
        const longer = season[m]! + bankWait[m]! + touchpointWait[m]! + unitWait[m]! + waitLevel
        const extra = Math.log1p(planted('wait', touchpoint, unit, m))
        const latent =
          centre +
          level +
          bankScore[m]! +
          touchpointScore[m]! +
          unitScore[m]! -
          0.25 * (longer + extra) -
          planted('csat', touchpoint, unit, m)
        csat.push(scores(poisson(answers * volume), latent, normal))
        if (!digital) wait.push(times(poisson(waits * volume), Math.log(300) + longer + extra, normal))
        const asked = poisson(2 * waits * volume)
        const failed = Math.min(asked, poisson(asked * (0.025 + planted('success_rate', touchpoint, unit, m))))
        success.push({ n: asked, total: 0, totalSquares: 0, hits: asked - failed, misses: failed, exposure: 0 })
        complaints.push({ n: poisson(asked * 0.0018), total: 0, totalSquares: 0, hits: 0, misses: 0, exposure: asked })
      }
      const cell = (measure: string, months: CellSums[]) => cells.push({ measure, touchpoint, unit, months })
      cell('csat', csat)
      if (!digital) cell('wait', wait)
      cell('success_rate', success)
      cell('complaint_rate', complaints)
    }
  }
  return { cells, parentOf }
}

/** Answers 1–5: a latent normal, rounded and cut at the ends. */
function scores(n: number, latent: number, normal: () => number): CellSums {
  let total = 0
  let totalSquares = 0
  let hits = 0
  for (let i = 0; i < n; i++) {
    const score = Math.max(1, Math.min(5, Math.round(latent + 0.25 + 0.9 * normal())))
    total += score
    totalSquares += score * score
    if (score >= 4) hits++
  }
  return { n, total, totalSquares, hits, misses: n - hits, exposure: 0 }
}

/** Lognormal waits. */
function times(n: number, median: number, normal: () => number): CellSums {
  let total = 0
  let totalSquares = 0
  let hits = 0
  for (let i = 0; i < n; i++) {
    const seconds = Math.exp(median + 0.8 * normal())
    total += seconds
    totalSquares += seconds * seconds
    if (seconds <= 600) hits++
  }
  return { n, total, totalSquares, hits, misses: n - hits, exposure: 0 }
}
