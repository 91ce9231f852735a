import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import { listFindings } from '#features/findings/data.ts'
import { experienceModel, targetsOn } from '#features/journeys/data.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import { isMetric, type MetricId, metrics } from '#warehouse/metrics.ts'
import type { readOverview } from '../contract.ts'
import {
  type Change,
  changeOf,
  type Figure,
  figureOf,
  groupSums,
  pick,
  type SumsByGroup,
  type SumsRow,
  stateOf,
  written,
} from './figures.ts'
import { headlinesOf } from './headlines.ts'
import { completeTo, lineage, type Reading, readingOf, rowsOf, unitName, type Wanted } from './reading.ts'
import { overviewSentence } from './sentence.ts'

export type Overview = z.input<typeof readOverview.answer>
type Unit = Overview['units'][number]

/** The overview's numbers, all from the daily rollup; each part is a registered question with its parameters. */
export async function overview(
  services: Services,
  scope: Scope,
  wanted: Wanted & { metric: string },
): Promise<Result<Overview, 'not_found' | 'period_wrong' | 'metric_unknown'>> {
  if (!isMetric(wanted.metric)) return fail('metric_unknown')
  const metric = wanted.metric
  const read = await readingOf(services, scope, wanted)
  if (!read.ok) return read
  const reading = read.value
  // Before the figures: they may be newer than it says, never older.
  const dataVersion = services.warehouse.dataVersion()
  const spans = {
    from: reading.period.from,
    to: await completeTo(reading, metric),
    comparedFrom: reading.compared.from,
    comparedTo: reading.compared.to,
    ...(wanted.channel ? { channel: wanted.channel } : {}),
  }
  const belowTop = reading.unit !== null && reading.unit.level !== 'head_office'
  // A complaint rate is counted against the volume; and a unit without any at a touchpoint has no such touchpoint.
  const needed = [...new Set([metric, ...(metric === 'complaint_rate' || belowTop ? ['volume'] : [])])]
  const targetsAsked = targetsOn(services, reading.period.to)
  const [newestDay, model, targets, sums, { headlines, overall }, found] = await Promise.all([
    reading.newestDay(),
    experienceModel(services, scope),
    targetsAsked,
    rowsOf<SumsRow>(
      services,
      'experience.sums',
      { ...spans, by: ['touchpoint', 'unit', 'channel'], metrics: needed, level: reading.childLevel },
      reading.scope,
    ),
    headlinesOf(services, reading, wanted.channel, metric, targetsAsked),
    listFindings(services, reading.scope, { state: 'open', limit: 1 }),
  ])
  const byTouchpoint = groupSums(sums, 'touchpoint')
  const byUnit = groupSums(sums, 'unit')
  const byChannel = groupSums(sums, 'channel')
  const places = lineage(reading.unit)
  const units = unitsOf(reading, byUnit, metric)
  const journeys = model.map((journey) => ({
    id: journey.id,
    name: { zh: journey.name, en: journey.nameEn },
    stages: journey.stages.map((stage) => ({
      id: stage.id,
      name: { zh: stage.name, en: stage.nameEn },
      phase: stage.phase,
      cells: stage.touchpoints.map((touchpoint) => {
        const sums = byTouchpoint.get(touchpoint.id)?.get(metric) ?? {}
        const figure = sums.now ? figureOf(metric, sums.now) : null
        const target = targets(metric, touchpoint.id, places)
        return {
          touchpointId: touchpoint.id,
          name: { zh: touchpoint.name, en: touchpoint.nameEn },
          facet: touchpoint.facet,
          channel: touchpoint.channel,
          momentOfTruth: touchpoint.moments.length > 0,
          figure,
          change: changeOf(metric, sums),
          target,
          state:
            belowTop && !byTouchpoint.has(touchpoint.id) ? ('elsewhere' as const) : stateOf(metric, figure, target),
        }
      }),
    })),
  }))
  const told =
    headlines.find((headline) => headline.figure.value !== null && headline.metric === 'nps') ??
    headlines.find((headline) => headline.figure.value !== null)
  return ok({
    asOf: services.clock().toISOString(),
    dataVersion,
    newestDay,
    unit: reading.unit ? { id: reading.unit.id, name: pick(reading.unit) } : null,
    period: reading.period,
    compared: reading.compared,
    sentence: overviewSentence({
      ...reading,
      place: unitName(reading.unit),
      metric: (told?.metric ?? 'nps') as MetricId,
      name: told?.name ?? metrics.nps.name,
      figure: told?.figure ?? { value: null, low: null, high: null, n: 0, shown: 'hidden' },
      change: told?.change ?? null,
      worse: changed(units, 'worse'),
      better: changed(units, 'better'),
      worst:
        (found.ok && found.value.items[0] ? worstFinding(found.value.items[0]) : null) ?? worstCell(journeys, metric),
      empty: newestDay === null,
    }),
    headlines,
    units,
    channels: [...byChannel].flatMap(([channel, byMetric]) => {
      const sums = byMetric.get(metric) ?? {}
      return channel && sums.now
        ? [{ channel, figure: figureOf(metric, sums.now), change: changeOf(metric, sums) }]
        : []
    }),
    heatMap: {
      metric,
      name: metrics[metric].name,
      overall,
      target: targets(metric, null, places),
      journeys,
      evidence: { question: 'experience.scores', parameters: evidenceOf(spans, metric, reading) },
    },
  })
}

/** The same numbers as a question anybody may ask again. */
export const evidenceOf = (
  spans: { from: string; to: string; channel?: string },
  metric: string,
  reading: Reading,
) => ({
  from: spans.from,
  to: spans.to,
  metric,
  ...(reading.unit ? { unit: reading.unit.id } : {}),
  ...(spans.channel ? { channel: spans.channel } : {}),
})

/** Units one level below, in the order of the tree: never ranked. */
function unitsOf(reading: Reading, byUnit: SumsByGroup, metric: MetricId): Unit[] {
  return [...reading.units.values()].flatMap((unit) => {
    const sums = byUnit.get(unit.id)?.get(metric)
    if (!sums?.now) return []
    return [
      {
        id: unit.id,
        name: pick(unit),
        level: unit.level,
        figure: figureOf(metric, sums.now),
        change: changeOf(metric, sums),
      },
    ]
  })
}

const changed = (units: readonly { name: Text; change: Change | null }[], verdict: 'better' | 'worse'): Text[] =>
  units
    .filter((unit) => unit.change?.verdict === verdict)
    .sort((a, b) => Math.abs(b.change?.difference ?? 0) - Math.abs(a.change?.difference ?? 0))
    .map((unit) => unit.name)

const worstFinding = ({ title, customersAffected }: { title: Text; customersAffected: number }): Text => ({
  zh: `${title.zh.replace(/。$/, '')}，影响客户 ${customersAffected.toLocaleString('en')} 位`,
  en: `${title.en.replace(/\.$/, '')}, ${customersAffected.toLocaleString('en')} customers affected`,
})

/** The touchpoint that misses its target by most in interval widths: what the eye should find first. */
function worstCell(journeys: Overview['heatMap']['journeys'], metric: MetricId): Text | null {
  let worst: { name: Text; figure: Figure; target: number; by: number } | undefined
  for (const journey of journeys)
    for (const stage of journey.stages)
      for (const { state, figure, target, name } of stage.cells) {
        if (state !== 'worse' || !figure || figure.value === null || target === null) continue
        const by = Math.abs(figure.value - target)
        if (!worst || by > worst.by) worst = { name, figure, target, by }
      }
  if (!worst || worst.figure.value === null) return null
  const definition = metrics[metric]
  const [value, target] = [written(definition, worst.figure.value), written(definition, worst.target)]
  return {
    zh: `${worst.name.zh}（${definition.name.zh} ${value.zh}，目标 ${target.zh}）`,
    en: `${worst.name.en} (${definition.name.en} ${value.en}, target ${target.en})`,
  }
}
