import type { Scope } from '#access/scope.ts'
import { unitsOf } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import type { Text } from '#lib/text.ts'
import { addDays, type Day, localDay } from '#lib/time.ts'
import type { PanelCell } from '#methods/causal/panel.ts'
import { periodsUntilVisible, powerOf, smallestVisibleEffect, type Visibility } from '#methods/causal/power.ts'
import { refusals } from '#methods/refusals.ts'
import { minEffectWindowDays } from '../contract.ts'
import type { Measure } from '../tables.ts'
import { actions } from '../tables.ts'
import { didBlockDays } from './designs.ts'
import { baselineDays, cellsFor } from './comparison.ts'
import { type DayCell, inBlocks, seriesOf } from './panel.ts'

type DesignName = 'did' | 'its' | 'xmr'

export interface Power {
  weeks: number | null
  analysisOn: Day | null
  reason: Text | null
  curve: { weeks: number; detectable: number; power: number }[]
  baseline: { value: number | null; weeks: number; n: number }
  controls: string[]
  advised: DesignName
  advisedBecause: Text
}

const fewestControls = 3
const horizonWeeks = 104

/** How long until an expected effect can be seen, from the measure's own past. */
export async function askPower(
  services: Services,
  scope: Scope,
  asked: { measure: Measure; design: DesignName; expectedEffect: number; startOn?: Day | undefined },
): Promise<Power> {
  const units = await unitsOf(services)
  const yesterday = addDays(localDay(services.clock(), services.home.timeZone), -1)
  const start = asked.startOn ?? addDays(yesterday, 1)
  const past = [start, addDays(yesterday, 1)].sort()[0]!
  const others = (await services.store.db.select().from(actions)).filter(
    ({ state }) => state === 'running' || state === 'finished',
  )
  const cells = await cellsFor(
    { services, scope, units, start: past, last: addDays(past, -1), others, baselineDays },
    asked.measure,
  )
  const controls = [...new Set(cells.controls.map(({ unit }) => unit))].sort()
  const weekly = inBlocks(cells.treated, past, 7, addDays(past, -1)).filter(
    ({ period }) => period * -7 <= 2 * baselineDays,
  )
  const series = seriesOf(weekly, { from: Math.min(0, ...weekly.map(({ period }) => period)), to: 0 })
  const n = series.reduce((sum, week) => sum + week.n, 0)
  const baseline = {
    value: n > 0 ? weekly.reduce((sum, cell) => sum + cell.sum, 0) / n : null,
    weeks: series.filter(({ value }) => value !== null).length,
    n: Math.round(n),
  }
  const advised: DesignName = controls.length >= fewestControls ? 'did' : baseline.weeks >= 20 ? 'its' : 'xmr'
  const seen = visibility(asked, cells, series, past, controls.length)
  const answer = seen && periodsUntilVisible(seen.visibility)
  const weeks = answer?.ok ? Math.ceil((answer.value.periods * seen!.days) / 7) : null
  // Never less than the time that any action is given.
  const wait = weeks === null ? null : Math.max(Math.ceil(minEffectWindowDays / 7), weeks)
  return {
    weeks: wait,
    analysisOn: wait === null ? null : addDays(start, wait * 7),
    reason: wait !== null ? null : refusals[answer && !answer.ok ? answer.reason : 'too_few_points'],
    curve: seen ? curveOf(seen.visibility, seen.days) : [],
    baseline,
    controls,
    advised,
    advisedBecause: advisedTexts[advised],
  }
}

const advisedTexts: Record<DesignName, Text> = {
  did: {
    zh: '有三家以上可比且未实施措施的机构，宜用有对照的前后比较（双重差分）。',
    en: 'Three or more comparable units stay untreated: compare before and after with them (difference-in-differences).',
  },
  its: {
    zh: '没有足够的对照机构，但历史数据足够长，宜用间断时间序列。',
    en: 'Too few units to compare with, but a long past: an interrupted time series.',
  },
  xmr: { zh: '历史数据较短，只宜用控制图观察。', en: 'The past is short: watch it on a control chart.' },
}

function visibility(
  asked: { design: DesignName; expectedEffect: number },
  cells: { treated: DayCell[]; controls: DayCell[] },
  series: readonly { value: number | null }[],
  past: Day,
  controls: number,
): { visibility: Visibility; days: number } | undefined {
  if (asked.design === 'did') {
    const block = (list: readonly DayCell[]) =>
      inBlocks(list, past, didBlockDays, addDays(past, -1)).filter(({ period }) => period >= -6)
    const treated = block(cells.treated)
    const all = [...treated, ...block(cells.controls)]
    const periodSd = restlessness(all)
    if (!(periodSd > 0) || controls < fewestControls) return undefined
    const treatedUnits = new Set(treated.map(({ unit }) => unit)).size
    if (treatedUnits === 0) return undefined
    return {
      days: didBlockDays,
      visibility: {
        effect: asked.expectedEffect,
        periodsBefore: 6,
        periodSd,
        atMost: Math.floor((horizonWeeks * 7) / didBlockDays),
        design: { kind: 'did', treatedUnits, untreatedUnits: controls },
      },
    }
  }
  const values = series.slice(-26).flatMap(({ value }) => value ?? [])
  if (values.length < 8) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const periodSd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
  if (!(periodSd > 0)) return undefined
  return {
    days: 7,
    visibility: {
      effect: asked.expectedEffect,
      periodsBefore: values.length,
      periodSd,
      atMost: horizonWeeks,
      design: { kind: 'its' },
    },
  }
}

/** Standard deviation of one unit's block around its own mean and the block's. */
function restlessness(cells: readonly PanelCell[]): number {
  const used = cells.filter(({ n }) => n > 0)
  const mean = (list: readonly PanelCell[]) =>
    list.reduce((sum, cell) => sum + cell.sum, 0) / list.reduce((sum, cell) => sum + cell.n, 0)
  const byUnit = new Map([...Map.groupBy(used, ({ unit }) => unit)].map(([unit, own]) => [unit, mean(own)]))
  const byPeriod = new Map([...Map.groupBy(used, ({ period }) => period)].map(([p, own]) => [p, mean(own)]))
  const freedom = used.length - byUnit.size - byPeriod.size + 1
  if (freedom < 3) return 0
  const overall = mean(used)
  const squares = used.reduce(
    (sum, cell) => sum + (cell.sum / cell.n - byUnit.get(cell.unit)! - byPeriod.get(cell.period)! + overall) ** 2,
    0,
  )
  return Math.sqrt(squares / freedom)
}

/** What could be seen after so many weeks, and how surely the expected effect would be. */
function curveOf(input: Visibility, days: number): Power['curve'] {
  return [9, 12, 16, 20, 26, 39, 52].flatMap((weeks) => {
    const error = errorAfter(input, Math.floor((weeks * 7) / days))
    if (error === undefined) return []
    return [{ weeks, detectable: smallestVisibleEffect(error), power: powerOf(input.effect, error) }]
  })
}

/** Error of the mean effect after so many periods; a segmented regression has to find its trend, too (factor 2). */
function errorAfter({ design, periodSd, periodsBefore }: Visibility, periods: number): number | undefined {
  if (periods < (design.kind === 'did' ? 1 : 8)) return undefined
  const time = 1 / periodsBefore + 1 / periods
  if (design.kind === 'its') return 2 * periodSd * Math.sqrt(time)
  return periodSd * Math.sqrt(time * (1 / design.treatedUnits + 1 / design.untreatedUnits))
}
