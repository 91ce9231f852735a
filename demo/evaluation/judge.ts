import { alphaOf, watchedCells, watchedMeasures } from '#features/findings/data/measures.ts'
import { type Hypothesis, rejected, survey, watch } from '#methods/surveillance/surveil.ts'
import { placesOf, type TreePlace } from '#methods/surveillance/tree.ts'
import { generateHistory } from '../generate.ts'
import { dayIndex } from '../plants/check.ts'
import type { Plant } from '../plants/schema.ts'
import { demoTargets } from '../targets.ts'
import { createWorld, type World } from '../world.ts'
import { monthlyCells, monthsOf } from './cells.ts'

const kinds = ['target', 'past', 'growth'] as const
const monthsTested = 12

export interface Raised {
  month: string
  finder: Hypothesis['kind']
  metric: string
  touchpoint: string
  unit: string
  pValue: number
}

export interface Judged {
  world: World
  raised: Raised[]
  /** For each plant that can be found: whether it was, and in which month first. */
  plants: { plant: Plant; found: string | undefined }[]
  /** Findings that no plant explains. */
  stray: Raised[]
}

/** A bank with plants, and what the statistical finders raise in the last twelve months of its history. */
export function judgeBank(options: {
  seed: number
  customers: number
  until: string
  plants: readonly Plant[]
}): Judged {
  const world = createWorld({ ...options, timeZone: 'Asia/Shanghai' })
  const history = generateHistory(world)
  const cells = monthlyCells(world, history)
  const { months } = monthsOf(world)
  const targets = new Map(
    demoTargets(world, history.baseline, hopsOf(cells)).map(({ metric, touchpoint, value }) => [
      `${metric}|${touchpoint}`,
      new Array<number>(months.length).fill(value),
    ]),
  )
  const parents = new Map(world.units.map((unit) => [unit.id, unit.parent]))
  const places = placesOf(watchedCells(cells), parents, months.length, (measure, touchpoint) =>
    targets.get(`${measure}|${touchpoint}`),
  )
  const watched = watch({ measures: watchedMeasures, places })
  const raised: Raised[] = []
  for (let month = months.length - monthsTested; month < months.length; month++) {
    const hypotheses = survey(watched, month)
    for (const kind of kinds)
      for (const h of rejected(
        hypotheses.filter((one) => one.kind === kind),
        alphaOf(kind),
      )) {
        const { measure, touchpoint, unit } = h.place as TreePlace
        raised.push({
          month: months[month] as string,
          finder: kind,
          metric: measure,
          touchpoint,
          unit,
          pValue: h.pValue,
        })
      }
  }
  const findable = world.plants.filter((plant) => plant.kind !== 'unmeasured' && plant.kind !== 'action')
  return {
    world,
    raised,
    plants: findable.map((plant) => ({ plant, found: raised.find((one) => explains(world, plant, one))?.month })),
    stray: raised.filter((one) => !findable.some((plant) => explains(world, plant, one))),
  }
}

function hopsOf(cells: ReturnType<typeof monthlyCells>): Map<string, number> {
  const sums = new Map<string, { n: number; hits: number }>()
  for (const cell of cells.filter(({ measure }) => measure === 'channel_hops'))
    for (const { n, hits } of cell.months) {
      const sum = sums.get(cell.touchpoint) ?? { n: 0, hits: 0 }
      sums.set(cell.touchpoint, { n: sum.n + n, hits: sum.hits + hits })
    }
  return new Map([...sums].map(([touchpoint, { n, hits }]) => [touchpoint, hits / n]))
}

/** What a plant makes worse, as metrics; a slower service is longer to wait for and longer itself. */
export function metricsOf(plant: Plant): readonly string[] {
  switch (plant.kind) {
    case 'score_drop':
      return [plant.metric]
    case 'wait_growth':
      return plant.slower ? ['wait', 'duration'] : ['wait']
    case 'failure_rise':
      return ['success_rate']
    case 'complaint_surge':
      return ['complaint_rate']
    case 'unmeasured':
    case 'action':
      return []
  }
}

/** A finding is a plant's when it names what the plant made worse, at a place that holds it or lies within it, and not before. */
function explains(world: World, plant: Plant, raised: Raised): boolean {
  if (!metricsOf(plant).includes(raised.metric)) return false
  if ('touchpoint' in plant && plant.touchpoint !== raised.touchpoint) return false
  const path = (unit: string) => world.paths.get(unit) ?? '?'
  const place = path(('unit' in plant ? plant.unit : undefined) ?? 'hq')
  const at = path(raised.unit)
  if (!at.startsWith(place) && !place.startsWith(at)) return false
  const from = 'from' in plant ? dayIndex(plant.from, world.until, world.days.length) : 0
  return (world.days[Math.max(0, from)]?.day ?? '') <= `${raised.month}-31`
}
