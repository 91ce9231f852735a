import type { Text } from '#lib/text.ts'
import type { DidMethod, DidResult, DidWarning } from './did.ts'
import type { Check, CheckState } from './evidence.ts'
import type { ItsInput, ItsResult, ItsWarning } from './its.ts'

/** What a page says beside an effect. */
export const effectWarnings: Record<ItsWarning | DidWarning, Text> = {
  autocorrelated: {
    zh: '相邻时期相互影响，误差已相应放大',
    en: 'Neighbouring periods move together; the interval is widened for it',
  },
  short_series: {
    zh: '前后一侧不足12个时期，趋势估计不稳',
    en: 'Under 12 periods on a side: the trend is hardly known',
  },
  overdispersed: { zh: '计数波动大于随机水平', en: 'The counts scatter more than chance' },
  few_treated_units: {
    zh: '试点或对照机构不足5家，按对照机构自身的波动判断',
    en: 'Under five treated or untreated units: judged by how much untreated ones change anyway',
  },
  few_clusters: { zh: '机构不足40家，采用重抽样区间', en: 'Under 40 units: the interval comes from resampling' },
  few_periods_before: {
    zh: '实施前不足4个时期，平行趋势难以核实',
    en: 'Under four periods before: whether units moved together can hardly be examined',
  },
  examined_earlier: {
    zh: '基线较短，同步变化以更早的月份（问题出现之前）核实',
    en: 'The baseline is short: whether units moved together was examined on the months before it, before the harm',
  },
  unbalanced_panel: { zh: '部分机构个别时期没有数据', en: 'Some units lack data in some periods' },
  units_left_out: {
    zh: '仅在实施前或实施后有数据的机构未纳入',
    en: 'Units seen only before or only after are left out',
  },
}

export const didMethods: Record<DidMethod, Text> = {
  cluster_robust: { zh: '按机构聚类的稳健误差', en: 'errors clustered by unit' },
  wild_bootstrap: { zh: '按机构重抽样（wild bootstrap）', en: 'wild cluster bootstrap by unit' },
  unit_changes: { zh: '与对照机构自身变化比较', en: 'compared with the changes of untreated units' },
}

/** The checks of the evidence grade that an interrupted series answers by itself; a person answers the others. */
export function checksOfIts(result: ItsResult, input: Pick<ItsInput, 'season'>): Partial<Record<Check, CheckState>> {
  const enough = Math.min(result.periodsBefore, result.periodsAfter) >= 8
  return { series_long_enough: enough ? 'passed' : 'failed', season_covered: input.season ? 'passed' : 'unknown' }
}

/** The checks of the evidence grade that a difference-in-differences answers by itself. */
export function checksOfDid(result: DidResult): Partial<Record<Check, CheckState>> {
  const state = (check?: { passed: boolean }): CheckState => (!check ? 'unknown' : check.passed ? 'passed' : 'failed')
  return { parallel_before: state(result.preTrend), placebo_date: state(result.placebo) }
}
