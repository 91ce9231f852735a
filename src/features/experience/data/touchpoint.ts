import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import { experienceModel, targetsOn } from '#features/journeys/data.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { addDays } from '#lib/time.ts'
import { type MetricId, type MetricSums, metricIds, metrics } from '#warehouse/metrics.ts'
import type { readTouchpoint } from '../contract.ts'
import { changeOf, figureOf, groupSums, pick, type SumsRow } from './figures.ts'
import { lineage, readingOf, rowsOf, type Wanted } from './reading.ts'

export type TouchpointDetail = z.input<typeof readTouchpoint.answer>

/** A year of weeks behind the period, so that a season can be seen. */
const trendDays = 364

/** One touchpoint under every metric that measures it: trend, units one level below, channels. */
export async function touchpointDetail(
  services: Services,
  scope: Scope,
  id: string,
  wanted: Wanted,
): Promise<Result<TouchpointDetail, 'not_found' | 'period_wrong'>> {
  const model = await experienceModel(services, scope)
  const found = model
    .flatMap((journey) =>
      journey.stages.flatMap((stage) => stage.touchpoints.map((touchpoint) => ({ journey, stage, touchpoint }))),
    )
    .find(({ touchpoint }) => touchpoint.id === id)
  if (!found) return fail('not_found')
  const read = await readingOf(services, scope, wanted)
  if (!read.ok) return read
  const reading = read.value
  const { period, compared } = reading
  const also = { touchpoint: id, ...(wanted.channel ? { channel: wanted.channel } : {}) }
  const spans = { from: period.from, to: period.to, comparedFrom: compared.from, comparedTo: compared.to, ...also }
  const weeks = { from: addDays(period.to, -trendDays), to: period.to }
  const [sums, weekly, targets] = await Promise.all([
    rowsOf<SumsRow>(
      services,
      'experience.sums',
      { ...spans, by: ['none', 'unit', 'channel'], level: reading.childLevel },
      reading.scope,
    ),
    rowsOf<MetricSums & { week: string; metric: string }>(
      services,
      'experience.weekly',
      { ...weeks, ...also, metrics: [...metricIds] },
      reading.scope,
    ),
    targetsOn(services, period.to),
  ])
  const measured = groupSums(sums, 'none').get('') ?? new Map()
  const byUnit = groupSums(sums, 'unit')
  const byChannel = groupSums(sums, 'channel')
  const { journey, stage, touchpoint } = found
  return ok({
    id,
    name: { zh: touchpoint.name, en: touchpoint.nameEn },
    journey: { zh: journey.name, en: journey.nameEn },
    stage: { zh: stage.name, en: stage.nameEn },
    phase: stage.phase,
    facet: touchpoint.facet,
    channel: touchpoint.channel,
    ownerUnitId: touchpoint.ownerUnitId,
    moments: touchpoint.moments.map((moment) => ({ zh: moment.name, en: moment.nameEn })),
    period,
    compared,
    metrics: metricIds
      .filter((metric) => measured.has(metric))
      .map((metric) => ({
        metric,
        name: metrics[metric].name,
        unit: metrics[metric].unit,
        direction: metrics[metric].direction,
        version: metrics[metric].version,
        figure: figureOf(metric, measured.get(metric)?.now),
        previous: figureOf(metric, measured.get(metric)?.before),
        change: changeOf(metric, measured.get(metric) ?? {}),
        target: targets(metric, id, lineage(reading.unit)),
        trend: trendOf(weekly, metric),
        byUnit: [...reading.units.values()].flatMap((unit) => {
          const now = byUnit.get(unit.id)?.get(metric)?.now
          return now ? [{ id: unit.id, name: pick(unit), figure: figureOf(metric, now) }] : []
        }),
        byChannel: [...byChannel].flatMap(([channel, found]) => {
          const now = found.get(metric)?.now
          return channel && now ? [{ channel, figure: figureOf(metric, now) }] : []
        }),
        evidence: {
          question: 'experience.scores',
          parameters: {
            from: period.from,
            to: period.to,
            metric,
            groupBy: 'unit',
            touchpoint: id,
            ...(reading.unit ? { unit: reading.unit.id } : {}),
          },
        },
      })),
  })
}

function trendOf(weekly: readonly (MetricSums & { week: string; metric: string })[], metric: MetricId) {
  const volumes = new Map(weekly.filter((row) => row.metric === 'volume').map((row) => [row.week, row.n]))
  return weekly
    .filter((row) => row.metric === metric)
    .map((row) => {
      const figure = figureOf(
        metric,
        metric === 'complaint_rate' ? { ...row, exposure: volumes.get(row.week) ?? 0 } : row,
      )
      return { from: row.week, value: figure.value, low: figure.low, high: figure.high, n: figure.n }
    })
}
