import { monthOf, type Period, quarterOf } from '#lib/period.ts'
import type { Text } from '#lib/text.ts'
import { metrics } from '#warehouse/metrics.ts'
import { type Change, type Figure, written } from './figures.ts'
import type { MetricId } from '#warehouse/metrics.ts'

const monthsEn = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** A period as a person says it: the fourth quarter of 2026, May 2026, or its two days. */
export function periodName({ from, to }: Period): Text {
  const year = from.slice(0, 4)
  const month = Number(from.slice(5, 7))
  const whole = quarterOf(from)
  if (from === whole.from && to > monthOf(from).to && to <= whole.to) {
    const quarter = Math.ceil(month / 3)
    const open = to < whole.to
    return {
      zh: `${year} 年第${'一二三四'[quarter - 1]}季度${open ? `（截至 ${Number(to.slice(5, 7))} 月 ${Number(to.slice(8))} 日）` : ''}`,
      en: `Q${quarter} ${year}${open ? ` (to ${Number(to.slice(8))} ${monthsEn[Number(to.slice(5, 7)) - 1]})` : ''}`,
    }
  }
  if (from === monthOf(from).from && to === monthOf(from).to)
    return { zh: `${year} 年 ${month} 月`, en: `${monthsEn[month - 1]} ${year}` }
  return { zh: `${from} 至 ${to}`, en: `${from} to ${to}` }
}

/** What a period is compared with, as seen from it: the quarter before, the same days of last year. */
export function comparedName(period: Period, compared: Period): Text {
  if (compared.from === `${Number(period.from.slice(0, 4)) - 1}${period.from.slice(4)}`)
    return { zh: '上年同期', en: 'the same days last year' }
  const spanOf = (p: Period) =>
    [quarterOf(p.from), monthOf(p.from)].find((span) => span.from === p.from && span.to === p.to)
  const before = spanOf(compared)
  if (before && before.to > monthOf(compared.from).to) return { zh: '上季度', en: 'the quarter before' }
  if (before) return { zh: '上月', en: 'the month before' }
  return { zh: `${compared.from} 至 ${compared.to}`, en: `${compared.from} to ${compared.to}` }
}

export interface Told {
  period: Period
  compared: Period
  place: Text
  metric: MetricId
  /** What the figure is called: that of a headline may be another statistic than the metric's own. */
  name: Text
  figure: Figure
  change: Change | null
  /** Units below that changed significantly, the most first. */
  worse: Text[]
  better: Text[]
  /** What hurts most, as a sentence of its own without a full stop. */
  worst: Text | null
  empty: boolean
}

/** The sentence a page opens with: better or worse, where, what hurts most. Says so where the difference may be chance. */
export function overviewSentence(told: Told): Text {
  if (told.empty) {
    return {
      zh: '这里还没有数据：导入一份问卷、排队或交互文件，就能看到客户的体验。',
      en: 'There are no facts here yet: import a file of answers, queue tickets or interactions to see how customers fare.',
    }
  }
  const { figure, change, place, period, compared } = told
  const definition = metrics[told.metric]
  const { name } = told
  const days = periodName(period)
  const before = comparedName(period, compared)
  if (figure.value === null) {
    return {
      zh: `${days.zh}，${place.zh}的${name.zh}样本不足，无法下结论${tailZh(told)}。`,
      en: `${days.en}: too few answers in ${place.en} for ${name.en}${tailEn(told)}.`,
    }
  }
  const half = figure.low !== null && figure.high !== null ? written(definition, (figure.high - figure.low) / 2) : null
  const moved = change ? written(definition, change.difference, true) : null
  const value = written(definition, figure.value)
  const verdictZh =
    !change || !moved
      ? `，${before.zh}无可比数据`
      : change.verdict
        ? `，较${before.zh} ${moved.zh}，${change.verdict === 'better' ? '显著改善' : '显著变差'}`
        : `，较${before.zh} ${moved.zh}，差异不显著`
  const verdictEn =
    !change || !moved
      ? `, with nothing comparable in ${before.en}`
      : change.verdict
        ? `, ${moved.en} against ${before.en}: significantly ${change.verdict}`
        : `, ${moved.en} against ${before.en}, which may be chance`
  return {
    zh: `${days.zh}，${place.zh}${name.zh} ${value.zh}${half ? `（±${half.zh}）` : ''}${verdictZh}${tailZh(told)}。`,
    en: `${days.en}, ${place.en}: ${name.en} ${value.en}${half ? ` (±${half.en})` : ''}${verdictEn}${tailEn(told)}.`,
  }
}

const some = 3

function tailZh({ worse, better, worst }: Told): string {
  const names = (texts: Text[]) =>
    texts
      .slice(0, some)
      .map((text) => text.zh)
      .join('、') + (texts.length > some ? '等' : '')
  return [
    worse.length ? `；变差：${names(worse)}` : '',
    better.length ? `；变好：${names(better)}` : '',
    worst ? `；最痛：${worst.zh}` : '；目前没有证据充分的痛点',
  ].join('')
}

function tailEn({ worse, better, worst }: Told): string {
  const names = (texts: Text[]) =>
    texts
      .slice(0, some)
      .map((text) => text.en)
      .join(', ') + (texts.length > some ? ' and others' : '')
  return [
    worse.length ? `; worse: ${names(worse)}` : '',
    better.length ? `; better: ${names(better)}` : '',
    worst ? `; what hurts most: ${worst.en}` : '; nothing is proved to hurt at present',
  ].join('')
}
