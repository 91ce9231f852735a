import type { Text } from '#lib/text.ts'
import { isMetric, metrics } from '#warehouse/metrics.ts'

/** Names of measures, with the coverage of touchpoints, which is none of the metrics. */
export const measureName = (metric: string): Text =>
  isMetric(metric) ? metrics[metric].name : { zh: '触点测量', en: 'Touchpoint measurement' }

export const measureUnit = (metric: string): string => (isMetric(metric) ? metrics[metric].unit : 'count')
export const measureVersion = (metric: string): number => (isMetric(metric) ? metrics[metric].version : 1)

const duration = (seconds: number): Text => {
  const whole = Math.round(Math.abs(seconds))
  const sign = seconds < 0 ? '−' : ''
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60]
  if (minutes === 0) return { zh: `${sign}${rest} 秒`, en: `${sign}${rest} s` }
  return { zh: `${sign}${minutes} 分 ${rest} 秒`, en: `${sign}${minutes} min ${rest} s` }
}

const plain = (text: string): Text => ({ zh: text, en: text })

/** A value of a metric as a sentence writes it. */
export function written(metric: string, value: number): Text {
  switch (measureUnit(metric)) {
    case 'seconds':
      return duration(value)
    case 'share':
      return plain(`${(100 * value).toFixed(1)}%`)
    case 'score':
      return plain(value.toFixed(2))
    case 'count':
      return plain(String(Math.round(value)))
    default:
      return plain(value.toFixed(1))
  }
}

export interface TitleParts {
  finder: string
  metric: string
  unitName: Text
  touchpointName: Text | null
  value: number | null
  reference: number | null
  firstPeriod: string
  current: boolean
}

/** Where, what, how much against what, since when. */
export function findingTitle(f: TitleParts): Text {
  const where = {
    zh: f.touchpointName ? `${f.unitName.zh} · ${f.touchpointName.zh}` : f.unitName.zh,
    en: f.touchpointName ? `${f.unitName.en} · ${f.touchpointName.en}` : f.unitName.en,
  }
  if (f.finder === 'unmeasured')
    return {
      zh: `${f.touchpointName?.zh ?? f.unitName.zh}：近三个月没有客户评价，体验无人测量`,
      en: `${f.touchpointName?.en ?? f.unitName.en}: no customer was asked in three months`,
    }
  const name = measureName(f.metric)
  if (f.value === null || f.reference === null) return { zh: `${where.zh}：${name.zh}`, en: `${where.en}: ${name.en}` }
  const value = written(f.metric, f.value)
  const reference = written(f.metric, f.reference)
  // What has mended since is not said to be bad now.
  if (!f.current)
    return {
      zh: `${where.zh}：${name.zh}曾偏差，已有恢复迹象：最近为 ${value.zh}（参照 ${reference.zh}，${f.firstPeriod} 起发现）`,
      en: `${where.en}: ${name.en} was worse and shows signs of recovery: ${value.en} against ${reference.en} (found in ${f.firstPeriod})`,
    }
  const how = {
    below_target: { zh: `未达目标 ${reference.zh}`, en: `short of its target ${reference.en}` },
    worse_than_past: { zh: `差于自身以往 ${reference.zh}`, en: `worse than its own past ${reference.en}` },
    growing_wait: { zh: `由 ${reference.zh} 变长`, en: `grown from ${reference.en}` },
  }[f.finder] ?? { zh: `参照 ${reference.zh}`, en: `against ${reference.en}` }
  return {
    zh: `${where.zh}：${name.zh} ${value.zh}，${how.zh}（自 ${f.firstPeriod} 起发现）`,
    en: `${where.en}: ${name.en} ${value.en}, ${how.en} (found since ${f.firstPeriod})`,
  }
}

/** What else could explain a finding. */
export const caveatTexts = {
  few_answers: { zh: '样本不足 100，幅度可能被高估。', en: 'Fewer than 100 answers: its size may be overstated.' },
  one_period: {
    zh: '目前仅在一个期间显著，宜再观察。',
    en: 'Significant in one period only so far: worth another look.',
  },
  not_current: {
    zh: '最近几个月的区间已触及参照，或差距已小于须计较的幅度：可能已恢复。',
    en: 'Of late its interval reaches the reference, or the difference no longer exceeds the margin: it may have recovered.',
  },
  late_data: {
    zh: '期间结束后又有数据补录，观察值已更新但不重新检验。',
    en: 'Facts came after the period had closed: seen again, not tested again.',
  },
  no_last_year: {
    zh: '没有同类网点可比，季节因素仅以去年同期校核。',
    en: 'No comparable units: the season was checked against last year only.',
  },
  extreme: {
    zh: '从多处中因最差而入选，即使不采取措施也可能有所回升（向均值回归）。',
    en: 'Picked because extreme among many: some of it may come back by itself (regression to the mean).',
  },
  mix: {
    zh: '客群或渠道结构同期明显变化，部分差异可能来自结构。',
    en: 'The mix of segments or channels changed at the same time: part of it may be mix.',
  },
} satisfies Record<string, Text>
export type Caveat = keyof typeof caveatTexts
