import { normalCdf } from '#methods/distributions/normal.ts'
import type { ScoreMetric } from '../plants/schema.ts'
import { boundedNormal, normal, type Random, stream } from '../random.ts'
import type { World } from '../world.ts'
import { commentText } from '../texts/comments.ts'
import type { FreeText } from './freeText.ts'
import { type Recorder, surveyMetrics } from './recorder.ts'

/** Scales of the three questions: range, noise of one answer, and how strongly they follow the customer's contentment. */
const scales = {
  csat: { min: 1, max: 5, noise: 0.9, follows: 1 },
  ces: { min: 1, max: 7, noise: 1.1, follows: 1.3 },
  nps: { min: 0, max: 10, noise: 1.9, follows: 2 },
} as const satisfies Record<ScoreMetric, unknown>

const mildnessSd = 0.3
/** At most one survey for a customer in this many days. */
const restDays = 30
/** Where nobody has answered for this many days, whoever comes next is asked: a small bank's touchpoints are heard, too. */
const quietDays = 14

export interface Visit {
  customer: number
  unit: number
  staff: number
  touchpoint: number
  day: number
  /** When the visit ended, seconds since 1970. */
  at: number
  interaction: number
  /** As they would be without any plant: a plant changes only what it says. */
  failed: boolean
  waitSeconds: number
}

/** Asks the customers: who is asked, who answers, and what. Always the same number of draws for one visit. */
export interface Survey {
  visit(visit: Visit, random: Random): void
  /** What some wrote beside their score. */
  comments: FreeText[]
  /** What the answers would be without plants: sums by touchpoint and metric, for the targets. */
  baseline: { count: Float64Array; total: Float64Array }
}

export function survey(world: World, out: Recorder): Survey {
  const { seed, touchpoints, units, customers, effects } = world
  const placeEffect = touchpoints.map((touchpoint) =>
    Float32Array.from(units, (unit) =>
      boundedNormal(stream(seed, 'unit and touchpoint', unit.id, touchpoint.id), 0.025, 0.05),
    ),
  )
  const unitEffect = Float32Array.from(units, (unit) => boundedNormal(stream(seed, 'unit', unit.id), 0.03, 0.06))
  const moods = new Map<number, number>()
  const lastHeard = new Int16Array(touchpoints.length)
  const lastAsked = new Int16Array(customers.count).fill(-999)
  const shifts = latentShifts(world)
  const baseline = {
    count: new Float64Array(touchpoints.length * 3),
    total: new Float64Array(touchpoints.length * 3),
  }
  const comments: FreeText[] = []
  let respondents = 0
  const { responses } = out

  return {
    baseline,
    comments,
    visit(visit, random) {
      const { customer, unit, touchpoint: t, day } = visit
      const touchpoint = touchpoints[t]
      if (!touchpoint) return
      const quiet = day - (lastHeard[t] as number) >= quietDays
      if (random() >= touchpoint.surveyed && !quiet) return
      if (customer < 0) return
      // Whoever complained is asked how that went, whatever he was asked before.
      if (touchpoint.place !== 'complaint') {
        if (Math.abs(day - (lastAsked[customer] as number)) < restDays && !quiet) return
        lastAsked[customer] = day
      }
      lastHeard[t] = Math.max(lastHeard[t] as number, day)
      // A draw of its own for each answer keeps the stream of the place aligned whatever is asked.
      const own = stream(seed, 'answer', visit.interaction)
      const mood = moods.get(unit * 4096 + day) ?? 0.05 * normal(stream(seed, 'mood', units[unit]?.id ?? '', day))
      moods.set(unit * 4096 + day, mood)
      const old = (customers.segment[customer] as number) === 4 && touchpoint.channel === 'app' ? -0.12 : 0
      const contentment =
        (customers.mildness[customer] as number) +
        (unitEffect[unit] as number) +
        (placeEffect[t]?.[unit] ?? 0) +
        mood +
        old -
        (visit.failed ? 0.9 : 0) -
        (visit.waitSeconds > 1200 ? 0.45 : visit.waitSeconds > 600 ? 0.22 : 0)
      const hidden = effects.unmeasured(t)
      const midnight = world.days[day]?.midnight ?? visit.at
      const answered = Math.min(visit.at + 60 + Math.floor(own() * own() * 40_000), midnight + 86_399)
      const asks = own()
      const writes = own()
      for (let m = 0; m < 3; m++) {
        const metric = surveyMetrics[m] as ScoreMetric
        const scale = scales[metric]
        const noise = scale.noise * normal(own)
        // Everyone is asked for his satisfaction, half for the effort, the other half whether he would recommend.
        if ((metric === 'ces' && asks >= 0.5) || (metric === 'nps' && asks < 0.5)) continue
        const latent = touchpoint[metric] + scale.follows * contentment + noise
        const score = (value: number) => Math.max(scale.min, Math.min(scale.max, Math.round(value)))
        const plain = score(latent)
        const cell = t * 3 + m
        baseline.count[cell] = (baseline.count[cell] as number) + 1
        baseline.total[cell] =
          (baseline.total[cell] as number) + (metric === 'nps' ? (plain >= 9 ? 100 : plain <= 6 ? -100 : 0) : plain)
        if (hidden) continue
        const by = effects.scoreShift(metric, t, unit, day)
        const row = responses.add()
        const { of } = responses
        of.customer[row] = customer
        of.unit[row] = unit
        of.staff[row] = visit.staff
        of.touchpoint[row] = t
        of.start[row] = answered
        of.day[row] = day
        of.interaction[row] = visit.interaction
        of.respondent[row] = respondents
        of.metric[row] = m
        const given = by === 0 ? plain : score(latent + shifts(metric, t, by))
        of.score[row] = given
        if (metric === 'csat' && writes < (given <= 2 ? 0.4 : given === 3 ? 0.16 : 0.07))
          comments.push({
            kind: 'responses',
            row,
            text: commentText(stream(seed, 'comment', visit.interaction), touchpoint, given),
          })
      }
      respondents++
    },
  }
}

/**
 * How far the latent centre must move for a metric's mean to move by a plant's points: solved on the same normal
 * model (all sources of spread pooled), so that "by 0.4" is 0.4 in the mean although the scale ends at its top.
 */
function latentShifts(world: World): (metric: ScoreMetric, touchpoint: number, by: number) => number {
  const known = new Map<string, number>()
  return (metric, touchpoint, by) => {
    const key = `${metric}${touchpoint}:${by}`
    const found = known.get(key)
    if (found !== undefined) return found
    const centre = world.touchpoints[touchpoint]?.[metric] ?? 0
    const wanted = expectedScore(metric, centre) + by
    let low = -8
    let high = 8
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2
      if (expectedScore(metric, centre + middle) < wanted) low = middle
      else high = middle
    }
    known.set(key, (low + high) / 2)
    return (low + high) / 2
  }
}

/** Mean of a metric when the latent score has this centre. */
export function expectedScore(metric: ScoreMetric, centre: number): number {
  const scale = scales[metric]
  const sd = Math.hypot(scale.noise, scale.follows * mildnessSd)
  const above = (limit: number) => 1 - normalCdf((limit - centre) / sd)
  if (metric === 'nps') return 100 * (above(8.5) - (1 - above(6.5)))
  let mean: number = scale.min
  for (let step = scale.min + 1; step <= scale.max; step++) mean += above(step - 0.5)
  return mean
}
