import { fail, ok, type Result } from '#lib/result.ts'
import { addDays, type Day, daysBetween } from '#lib/time.ts'
import { type DemoTouchpoint, demoTouchpoints } from '../bank/touchpoints.ts'
import { contactCentre, type DemoUnit, demoUnits, unitPaths } from '../bank/units.ts'
import { placesOf } from '../bank/places.ts'
import { type PlantFile, plantFileSchema } from './schema.ts'

export interface PlantFault {
  /** Which plant of the file, counted from 0; -1 for the file as a whole. */
  plant: number
  field: string
  message: string
}

/** The plant file, or every fault in it: unknown fields, touchpoints and units, and days outside the history. */
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
  const faults = parsed.data.plants.flatMap((plant, index) => {
    const found: PlantFault[] = []
    const fault = (field: string, message: string) => found.push({ plant: index, field, message })
    const touchpoint = 'touchpoint' in plant ? demoTouchpoints.find((t) => t.id === plant.touchpoint) : undefined
    if ('touchpoint' in plant && !touchpoint) fault('touchpoint', `there is no touchpoint ${plant.touchpoint}`)
    const unit = 'unit' in plant && plant.unit !== undefined ? plant.unit : undefined
    if (unit !== undefined && !units.some((u) => u.id === unit))
      fault('unit', `a bank of ${bank.customers} customers has no unit ${unit}`)
    else if (unit !== undefined && !occurs(units, unit, touchpoint))
      fault('unit', touchpoint ? `${touchpoint.id} never occurs in ${unit}` : `nobody waits in ${unit}`)
    for (const field of ['from', 'to'] as const) {
      const value = field in plant ? (plant as Partial<Record<'from' | 'to', string>>)[field] : undefined
      if (value === undefined) continue
      const index = dayIndex(value, bank.until, bank.days ?? 730)
      if (Number.isNaN(index)) fault(field, `${value} is not a day`)
      else if (index < 0 || index >= (bank.days ?? 730)) fault(field, `${value} lies outside the history`)
    }
    return found
  })
  return faults.length ? fail('plant_invalid', { faults }) : ok(parsed.data)
}

/** Index of a plant's day within the history, which may lie outside it. */
export function dayIndex(when: string, until: Day, days: number): number {
  const ago = /^-(\d+)d$/.exec(when)
  const day = ago ? addDays(until, -Number(ago[1])) : when
  return days - 1 + daysBetween(until, day)
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
