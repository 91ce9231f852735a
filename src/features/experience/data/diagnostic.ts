import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import { channelName, experienceModel, type Journey } from '#features/journeys/data.ts'
import type { Services } from '#features/services.ts'
import { ok, type Result } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import { type MetricId, type MetricSums, metrics, metricValue } from '#warehouse/metrics.ts'
import type { indicator, readDiagnostic } from '../contract.ts'
import { complaintPackOn } from '../policy.ts'
import {
  changeOf,
  type Figure,
  figureOf,
  groupSums,
  pick,
  type SpanSums,
  type SumsByGroup,
  type SumsRow,
} from './figures.ts'
import { lensNames, texts } from './diagnosticTexts.ts'
import { completeTo, type Reading, readingOf, rowsOf, type Wanted } from './reading.ts'
import { comparedName, periodName } from './sentence.ts'

export type Diagnostic = z.input<typeof readDiagnostic.answer>
type Indicator = z.input<typeof indicator>
type Where = Indicator['where']

const digital = new Set(['app', 'web', 'atm', 'wechat'])
const placesShown = 3

/** The plan's five lenses on the same facts: what each can say, and what it would need to say more. */
export async function diagnostic(
  services: Services,
  scope: Scope,
  wanted: Wanted,
): Promise<Result<Diagnostic, 'not_found' | 'period_wrong'>> {
  const read = await readingOf(services, scope, wanted)
  if (!read.ok) return read
  const reading = read.value
  const { period, compared } = reading
  const spans = { from: period.from, to: period.to, comparedFrom: compared.from, comparedTo: compared.to }
  const pack = complaintPackOn(period.to)
  const days = { days: pack?.simpleDays ?? 15, asOf: reading.today }
  const [model, sums, closed, closedBefore, known, knownBefore] = await Promise.all([
    experienceModel(services, scope),
    rowsOf<SumsRow>(
      services,
      'experience.sums',
      { ...spans, by: ['none', 'touchpoint', 'unit', 'channel'], level: reading.childLevel },
      reading.scope,
    ),
    rowsOf<Hits>(services, 'experience.complaint_times', { from: period.from, to: period.to, ...days }, reading.scope),
    rowsOf<Hits>(
      services,
      'experience.complaint_times',
      { from: compared.from, to: compared.to, ...days },
      reading.scope,
    ),
    rowsOf<Hits & { channel: string | null }>(
      services,
      'experience.recognised',
      { from: period.from, to: period.to },
      reading.scope,
    ),
    rowsOf<Hits & { channel: string | null }>(
      services,
      'experience.recognised',
      { from: compared.from, to: compared.to },
      reading.scope,
    ),
  ])
  const whole = groupSums(sums, 'none').get('') ?? new Map<MetricId, SpanSums>()
  const byTouchpoint = groupSums(sums, 'touchpoint')
  const byUnit = groupSums(sums, 'unit')
  const byChannel = groupSums(sums, 'channel')
  const hops = await rowsOf<SumsRow>(
    services,
    'experience.sums',
    { ...spans, to: await completeTo(reading, 'channel_hops'), by: ['none'], metrics: ['channel_hops'] },
    reading.scope,
  ).then((rows) => groupSums(rows, 'none'))
  whole.set('channel_hops', hops.get('')?.get('channel_hops') ?? {})
  const of = (metric: MetricId, where: Where): Indicator => indicatorOf(metric, whole.get(metric) ?? {}, where)
  const units = (metric: MetricId) => unitsWorst(reading, byUnit, metric)
  const touchpoints = model.flatMap((journey) => journey.stages.flatMap((stage) => stage.touchpoints))
  const people = touchpoints.filter((touchpoint) => touchpoint.facet === 'people')
  const online = new Map([...byChannel].filter(([channel]) => digital.has(channel)))
  const lenses: Diagnostic['lenses'] = [
    lensOf('process', [
      of('wait', units('wait')),
      of('duration', touchpointsWorst(touchpoints, byTouchpoint, 'duration')),
      of('channel_hops', []),
    ]),
    lensOf('people', [
      {
        ...indicatorOf(
          'csat',
          merged(people.map((touchpoint) => byTouchpoint.get(touchpoint.id)?.get('csat') ?? {})),
          touchpointsWorst(people, byTouchpoint, 'csat'),
        ),
        id: 'csat_people',
        name: texts.peopleSatisfaction,
        definition: texts.peopleSatisfactionMeans,
      },
      missing('staff_quality', texts.staffQuality, texts.staffQualityNeeds),
    ]),
    lensOf('it', [
      {
        ...indicatorOf(
          'success_rate',
          merged([...online.values()].map((found) => found.get('success_rate') ?? {})),
          touchpointsWorst(
            touchpoints.filter((touchpoint) => digital.has(touchpoint.channel)),
            byTouchpoint,
            'success_rate',
          ),
        ),
        id: 'success_digital',
        name: texts.digitalSuccess,
        definition: texts.digitalSuccessMeans,
      },
      missing('availability', texts.availability, texts.availabilityNeeds),
    ]),
    lensOf('personalisation', [
      share(
        'recognised',
        texts.recognised,
        texts.recognisedMeans,
        'up',
        totalOf(known),
        totalOf(knownBefore),
        channelsWorst(known),
      ),
      missing('offers', texts.offers, texts.offersNeeds),
    ]),
    lensOf('regulation', [
      share(
        'complaints_in_time',
        texts.complaintsInTime,
        pack?.source ?? texts.noPack,
        'up',
        totalOf(closed),
        totalOf(closedBefore),
        [],
      ),
      of('complaint_rate', units('complaint_rate')),
      missing('constraints', texts.constraints, texts.constraintsNeed),
    ]),
  ]
  return ok({ period, compared, sentence: sentenceOf(reading, lenses), lenses })
}

interface Hits {
  n: number
  hits: number
}

const totalOf = (rows: readonly Hits[]): Hits =>
  rows.reduce((sum, row) => ({ n: sum.n + row.n, hits: sum.hits + row.hits }), { n: 0, hits: 0 })

/** Sums over several groups; what the groups' days shared is lost, so their intervals mind answers only. */
function merged(parts: readonly SpanSums[]): SpanSums {
  const add = (span: 'now' | 'before'): MetricSums | undefined => {
    const own = parts.flatMap((part) => (part[span] ? [part[span]] : []))
    if (own.length === 0) return undefined
    const total = (key: 'n' | 'total' | 'total_squares' | 'hits' | 'misses') =>
      own.reduce((sum, sums) => sum + (sums[key] ?? 0), 0)
    return {
      n: total('n'),
      total: total('total'),
      total_squares: total('total_squares'),
      hits: total('hits'),
      misses: total('misses'),
    }
  }
  const [now, before] = [add('now'), add('before')]
  return { ...(now ? { now } : {}), ...(before ? { before } : {}) }
}

function indicatorOf(metric: MetricId, sums: SpanSums, where: Where): Indicator {
  const { name, definition, unit, direction } = metrics[metric]
  return {
    id: metric,
    name,
    definition,
    unit,
    direction,
    figure: figureOf(metric, sums.now),
    previous: figureOf(metric, sums.before),
    change: changeOf(metric, sums),
    where,
    missing: null,
  }
}

/** A share of counted cases, with the Wilson interval that the success rate has. */
function share(
  id: string,
  name: Text,
  definition: Text,
  direction: 'up' | 'down',
  now: Hits,
  before: Hits,
  where: Where,
): Indicator {
  const spans: SpanSums = { now, before }
  return { ...indicatorOf('success_rate', spans, where), id, name, definition, direction }
}

const missing = (id: string, name: Text, needs: Text): Indicator => ({
  id,
  name,
  definition: needs,
  unit: 'count',
  direction: 'none',
  figure: { value: null, low: null, high: null, n: 0, shown: 'hidden' },
  previous: null,
  change: null,
  where: [],
  missing: needs,
})

/** The places whose figure is worst, each with its interval; fewer than thirty are not compared. */
function worst(metric: MetricId, places: readonly { name: Text; figure: Figure }[]): Where {
  const sign = metrics[metric].direction === 'down' ? -1 : 1
  return places
    .filter(({ figure }) => figure.shown === 'ok' && figure.value !== null)
    .sort((a, b) => sign * ((a.figure.value ?? 0) - (b.figure.value ?? 0)))
    .slice(0, placesShown)
}

const unitsWorst = (reading: Reading, byUnit: SumsByGroup, metric: MetricId): Where =>
  worst(
    metric,
    [...reading.units.values()].map((unit) => ({
      name: pick(unit),
      figure: figureOf(metric, byUnit.get(unit.id)?.get(metric)?.now),
    })),
  )

type Touchpoint = Journey['stages'][number]['touchpoints'][number]

const touchpointsWorst = (touchpoints: readonly Touchpoint[], byTouchpoint: SumsByGroup, metric: MetricId): Where =>
  worst(
    metric,
    touchpoints.map((touchpoint) => ({
      name: { zh: touchpoint.name, en: touchpoint.nameEn },
      figure: figureOf(metric, byTouchpoint.get(touchpoint.id)?.get(metric)?.now),
    })),
  )

const channelsWorst = (rows: readonly (Hits & { channel: string | null })[]): Where =>
  worst(
    'success_rate',
    rows.map((row) => {
      const { value, low, high, n, shown } = metricValue('success_rate', row)
      return {
        name: channelName(row.channel),
        figure: { value, low, high, n, shown },
      }
    }),
  )

function lensOf(lens: Diagnostic['lenses'][number]['lens'], indicators: Indicator[]): Diagnostic['lenses'][number] {
  const worse = indicators.filter((i) => i.change?.verdict === 'worse')
  const better = indicators.filter((i) => i.change?.verdict === 'better')
  const open = indicators.filter((i) => i.missing).length
  const names = (list: Indicator[], language: 'zh' | 'en') =>
    list.map((i) => i.name[language]).join(language === 'zh' ? '、' : ', ')
  return {
    lens,
    name: lensNames[lens],
    sentence: {
      zh: `${[worse.length ? `${names(worse, 'zh')}显著变差` : '', better.length ? `${names(better, 'zh')}显著改善` : ''].filter(Boolean).join('，') || '与对比期相比没有显著变化'}${open ? `；另有 ${open} 项尚无数据` : ''}。`,
      en: `${[worse.length ? `${names(worse, 'en')}: significantly worse` : '', better.length ? `${names(better, 'en')}: significantly better` : ''].filter(Boolean).join('; ') || 'No significant change'}${open ? `; ${open} without data yet` : ''}.`,
    },
    indicators,
  }
}

function sentenceOf(reading: Reading, lenses: Diagnostic['lenses']): Text {
  const worse = lenses.filter((lens) => lens.indicators.some((i) => i.change?.verdict === 'worse'))
  const name = periodName(reading.period)
  const before = comparedName(reading.period, reading.compared)
  if (worse.length === 0) {
    return {
      zh: `${name.zh}与${before.zh}相比，五个视角均未见显著变差。`,
      en: `${name.en} against ${before.en}: none of the five lenses shows anything significantly worse.`,
    }
  }
  return {
    zh: `${name.zh}与${before.zh}相比，${worse.map((lens) => lens.name.zh).join('、')}视角有指标显著变差。`,
    en: `${name.en} against ${before.en}: something is significantly worse through the lens of ${worse.map((lens) => (lens.lens === 'it' ? lens.name.en : lens.name.en.toLowerCase())).join(', ')}.`,
  }
}
