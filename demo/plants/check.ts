import { fail, ok, type Result } from '#lib/result.ts'
import { addDays, type Day, daysBetween } from '#lib/time.ts'
import { type DemoTouchpoint, demoTouchpoints } from '../bank/touchpoints.ts'
import { contactCentre, type DemoUnit, demoUnits, unitPaths } from '../bank/units.ts'
import { placesOf } from '../bank/places.ts'
import { expectedScore } from '../facts/answers.ts'
import { type Plant, type PlantFile, plantFileSchema, type ScoreMetric } from './schema.ts'

export interface PlantFault {
  /** Which plant of the file, counted from 0; -1 for the file as a whole. */
  plant: number
  field: string
  message: string
}

/** Days before its start that an action is decided on. */
export const decidedBefore = 3

/** Lowest and highest value of a score's mean. */
const ends: Record<ScoreMetric, readonly [number, number]> = { csat: [1, 5], ces: [1, 7], nps: [-100, 100] }

/**
 * The plant file, or every fault in it: unknown fields, touchpoints and units, days outside the history, and what could
 * not become true.
 */
export function checkPlants(
  input: unknown,
  bank: { customers: number; until: Day; days?: number },
): Result<PlantFile, 'plant_invalid'> {
  const parsed = plantFileSchema.safeParse(input)
  if (!parsed.success)
    return fail('plant_invalid', {
      faults: parsed.error.issues.map((issue): PlantFault => {
        const index = issue.path[0] === 'plants' && typeof issue.path[1] === 'number' ? issue.path[1] : -1
        const field = issue.path.slice(index >= 0 ? 2 : 0).join('.')
        const unknown = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : field
        return { plant: index, field: unknown, message: issue.message }
      }),
    })
  const units = demoUnits(bank.customers)
  const { plants } = parsed.data
  const silent = new Set(plants.flatMap((plant) => (plant.kind === 'unmeasured' ? plant.touchpoint : [])))
  const faults = plants.flatMap((plant, index) => {
    const found: PlantFault[] = []
    const fault = (field: string, message: string) => found.push({ plant: index, field, message })
    const touchpoint = 'touchpoint' in plant ? demoTouchpoints.find((t) => t.id === plant.touchpoint) : undefined
    if ('touchpoint' in plant && !touchpoint) fault('touchpoint', `there is no touchpoint ${plant.touchpoint}`)
    const unit = 'unit' in plant && plant.unit !== undefined ? plant.unit : undefined
    if (unit !== undefined && !units.some((u) => u.id === unit))
      fault('unit', `a bank of ${bank.customers} customers has no unit ${unit}`)
    else if (unit !== undefined && !occurs(units, unit, touchpoint))
      fault('unit', touchpoint ? `${touchpoint.id} never occurs in ${unit}` : `nobody waits in ${unit}`)
    if (touchpoint && plant.kind !== 'unmeasured' && silent.has(touchpoint.id))
      fault('touchpoint', `another plant leaves ${touchpoint.id} unmeasured: nothing could be seen of this one`)
    if (touchpoint) for (const message of beyondScale(plant, touchpoint)) fault(message.field, message.text)
    const days: Partial<Record<'from' | 'to', number>> = {}
    for (const field of ['from', 'to'] as const) {
      const value = field in plant ? (plant as Partial<Record<'from' | 'to', string>>)[field] : undefined
      if (value === undefined) continue
      const index = dayIndex(value, bank.until, bank.days ?? 730)
      days[field] = index
      if (Number.isNaN(index)) fault(field, `${value} is not a day`)
      else if (index < 0 || index >= (bank.days ?? 730)) fault(field, `${value} lies outside the history`)
      else if (plant.kind === 'action' && index < decidedBefore)
        fault(field, `an action is decided on ${decidedBefore} days before it starts: ${value} is too early`)
    }
    if (days.from !== undefined && days.to !== undefined && days.to < days.from) fault('to', 'it ends before it begins')
    return found
  })
  return faults.length ? fail('plant_invalid', { faults }) : ok(parsed.data)
}

/** A mean cannot leave its scale, wherever it starts from. */
function beyondScale(plant: Plant, touchpoint: DemoTouchpoint): { field: string; text: string }[] {
  if (plant.kind === 'score_drop') {
    const [lowest] = ends[plant.metric]
    const mean = expectedScore(plant.metric, touchpoint[plant.metric])
    if (plant.by >= mean - lowest)
      return [{ field: 'by', text: `${plant.metric} is about ${mean.toFixed(1)} there and ends at ${lowest}` }]
  }
  if (plant.kind === 'action' && plant.metric !== 'success_rate') {
    const [lowest, highest] = ends[plant.metric]
    if (plant.effect > highest - lowest)
      return [{ field: 'effect', text: `${plant.metric} goes from ${lowest} to ${highest}` }]
  }
  if (plant.kind === 'action' && plant.metric === 'success_rate' && plant.effect > 1)
    return [{ field: 'effect', text: 'a success rate goes from 0 to 1' }]
  return []
}

/** Index of a plant's day within the history, which may lie outside it; NaN for what is in no calendar. */
export function dayIndex(when: string, until: Day, days: number): number {
  const ago = /^-(\d+)d$/.exec(when)
  // 30 February would silently be 2 March.
  if (!ago && !isDay(when)) return Number.NaN
  const day = ago ? addDays(until, -Number(ago[1])) : when
  return days - 1 + daysBetween(until, day)
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text
}

/** Whether a touchpoint (or, without one, any queue) arises somewhere in a unit's subtree. */
function occurs(units: readonly DemoUnit[], unit: string, touchpoint: DemoTouchpoint | undefined): boolean {
  const paths = unitPaths(units)
  const path = paths.get(unit) ?? '/'
  return units.some(
    (leaf) =>
      (paths.get(leaf.id) ?? '').startsWith(path) &&
      (touchpoint ? placesOf(leaf).includes(touchpoint.place) : leaf.kind === 'branch' || leaf.id === contactCentre),
  )
}
