import { upwards, type Unit } from '#features/findings/data/bank.ts'
import { watchedCells } from '#features/findings/data/measures.ts'
import { finders, type Raised as Seen, raisedIn } from '#features/findings/finder.ts'
import { parentsOf } from '#features/findings/mutations/fold.ts'
import type { WatchedPlace } from '#methods/surveillance/surveil.ts'
import { generateHistory } from '../generate.ts'
import { dayIndex } from '../plants/check.ts'
import type { Plant } from '../plants/schema.ts'
import { demoTargets } from '../targets.ts'
import { createWorld, type World } from '../world.ts'
import { monthlyCells, monthsOf } from './cells.ts'

const monthsTested = 12

export interface Raised {
  month: string
  finder: string
  metric: string
  touchpoint: string
  unit: string
  pValue: number
  /** Explained by another finding of its month. */
  folded: boolean
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
export async function judgeBank(options: {
  seed: number
  customers: number
  until: string
  plants: readonly Plant[]
}): Promise<Judged> {
  const world = createWorld({ ...options, timeZone: 'Asia/Shanghai' })
  const history = generateHistory(world)
  const cells = monthlyCells(world, history)
  const { months } = monthsOf(world)
  const targets = new Map(
    demoTargets(world, history.baseline, hopsOf(cells)).map(({ metric, touchpoint, unit, value }) => [
      `${metric}|${touchpoint ?? ''}|${unit ?? ''}`,
      value,
    ]),
  )
  const bank = {
    months,
    cells: watchedCells(cells),
    parentOf: new Map(world.units.map((unit) => [unit.id, unit.parent])),
  }
  const { raised: seen, watched } = await raisedIn(
    bank,
    (_, measure, touchpoint, units) => {
      for (const t of [touchpoint, ''])
        for (const u of [...units, '']) {
          const value = targets.get(`${measure}|${t}|${u}`)
          if (value !== undefined) return value
        }
      return null
    },
    monthsTested,
  )
  const raised = months.flatMap((month, m) =>
    foldedOf(
      world,
      bank,
      watched,
      seen.filter((one) => one.month === m),
    ).map(
      ({ one, folded }): Raised => ({
        month,
        finder: one.finder,
        metric: one.metric,
        touchpoint: one.touchpointId ?? '',
        unit: one.unitId,
        pValue: one.pValue ?? 1,
        folded,
      }),
    ),
  )
  const findable = world.plants.filter((plant) => plant.kind !== 'unmeasured' && plant.kind !== 'action')
  return {
    world,
    raised,
    plants: findable.map((plant) => ({ plant, found: raised.find((one) => explains(world, plant, one))?.month })),
    stray: raised.filter((one) => !findable.some((plant) => explains(world, plant, one))),
  }
}

/** Which of a month's findings the others explain, as the findings fold. */
function foldedOf(
  world: World,
  bank: Pick<Parameters<typeof raisedIn>[0], 'months' | 'cells' | 'parentOf'>,
  watched: readonly WatchedPlace[],
  seen: readonly Seen[],
): { one: Seen; folded: boolean }[] {
  const units = new Map(
    world.units.map((unit): [string, Unit] => [
      unit.id,
      { ...unit, parentId: unit.parent, path: `/${upwards(bank.parentOf, unit.id).toReversed().join('/')}/` },
    ]),
  )
  const open = seen.map((one, i) => ({ ...one, id: String(i), parentId: null, severity: one.loss * one.n }))
  const parents = parentsOf(open, {
    bank: { ...bank, units },
    watched,
    finderOrder: finders.map(({ id }) => id),
    hypothesisOf: new Map(open.flatMap(({ id, hypothesis }) => (hypothesis ? [[id, hypothesis]] : []))),
  })
  return seen.map((one, i) => ({ one, folded: parents.get(String(i)) !== null }))
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
