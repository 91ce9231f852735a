import type { Text } from '#lib/text.ts'

export const metricIds = [
  'nps',
  'csat',
  'ces',
  'wait',
  'duration',
  'success_rate',
  'complaint_rate',
  'channel_hops',
  'volume',
] as const
export type MetricId = (typeof metricIds)[number]

export const isMetric = (id: string): id is MetricId => (metricIds as readonly string[]).includes(id)

export interface MetricDefinition {
  id: MetricId
  name: Text
  definition: Text
  formula: Text
  unit: 'points' | 'score' | 'seconds' | 'share' | 'per_10000' | 'count'
  /** Which way is better; a volume is neither. */
  direction: 'up' | 'down' | 'none'
  /** The possible range, for axes and targets. */
  range: readonly [number, number | null]
  /** Raised whenever the same facts would give another value. */
  version: number
  /** What the share beside the mean counts, where there is one. */
  share?: Text
}

export const metrics: Record<MetricId, MetricDefinition> = {
  nps: {
    id: 'nps',
    name: { zh: '净推荐值（NPS）', en: 'Net Promoter Score (NPS)' },
    definition: {
      zh: '“您有多大可能向亲友推荐我行”0–10 分：9–10 分为推荐者，0–6 分为贬损者。区间为修正 Wald 法。',
      en: '“How likely are you to recommend us”, 0–10: promoters 9–10, detractors 0–6. Interval by adjusted Wald.',
    },
    formula: { zh: '100 ×（推荐者 − 贬损者）÷ 回答数', en: '100 × (promoters − detractors) ÷ answers' },
    unit: 'points',
    direction: 'up',
    range: [-100, 100],
    version: 1,
  },
  csat: {
    id: 'csat',
    name: { zh: '客户满意度（CSAT）', en: 'Customer satisfaction (CSAT)' },
    definition: {
      zh: '满意度 1–5 分的均值（t 区间）；另给出 4–5 分占比及 Wilson 区间。其他量尺线性换算到 1–5。',
      en: 'Mean of satisfaction 1–5 (t interval), beside it the share of 4–5 with its Wilson interval. Other scales are mapped linearly to 1–5.',
    },
    formula: { zh: '评分之和 ÷ 回答数', en: 'sum of scores ÷ answers' },
    unit: 'score',
    direction: 'up',
    range: [1, 5],
    version: 1,
    share: { zh: '4–5 分占比', en: 'top-2 share' },
  },
  ces: {
    id: 'ces',
    name: { zh: '客户费力度（CES）', en: 'Customer effort (CES)' },
    definition: {
      zh: '“办理很轻松”1–7 分的均值（t 区间），越高越省力；另给出 5–7 分占比及 Wilson 区间。',
      en: 'Mean of “made it easy”, 1–7 (t interval), higher is easier; beside it the share of 5–7 with its Wilson interval.',
    },
    formula: { zh: '评分之和 ÷ 回答数', en: 'sum of scores ÷ answers' },
    unit: 'score',
    direction: 'up',
    range: [1, 7],
    version: 1,
    share: { zh: '5–7 分占比', en: 'share of 5–7' },
  },
  wait: {
    id: 'wait',
    name: { zh: '等候时长', en: 'Waiting time' },
    definition: {
      zh: '取号排队或等候接入的时长均值，凡有等候记录的票号和交互均计入；另给出 10 分钟内占比。',
      en: 'Mean of measured waits: tickets and interactions that queued or carry a wait; beside it the share within ten minutes.',
    },
    formula: { zh: '等候秒数之和 ÷ 等候次数', en: 'sum of waiting seconds ÷ waits' },
    unit: 'seconds',
    direction: 'down',
    range: [0, null],
    version: 1,
    share: { zh: '10 分钟内占比', en: 'within ten minutes' },
  },
  duration: {
    id: 'duration',
    name: { zh: '办理时长', en: 'Handling time' },
    definition: {
      zh: '一次交互或柜面服务从开始到结束的时长均值，不含等候；另给出 10 分钟内占比。',
      en: 'Mean time from start to end of an interaction or of a ticket’s service, without the wait; beside it the share within ten minutes.',
    },
    formula: { zh: '办理秒数之和 ÷ 办理次数', en: 'sum of handling seconds ÷ number handled' },
    unit: 'seconds',
    direction: 'down',
    range: [0, null],
    version: 1,
    share: { zh: '10 分钟内占比', en: 'within ten minutes' },
  },
  success_rate: {
    id: 'success_rate',
    name: { zh: '办理成功率', en: 'Success rate' },
    definition: {
      zh: '有结果的交互和票号中，办成（success / served）的占比，Wilson 区间。',
      en: 'Share of interactions and tickets with an outcome that succeeded (success, served), Wilson interval.',
    },
    formula: { zh: '办成次数 ÷ 有结果次数', en: 'succeeded ÷ with an outcome' },
    unit: 'share',
    direction: 'up',
    range: [0, 1],
    version: 1,
  },
  complaint_rate: {
    id: 'complaint_rate',
    name: { zh: '万次投诉率', en: 'Complaints per 10,000' },
    definition: {
      zh: '同一范围内每一万次交互对应的投诉件数，精确泊松区间；样本量为交互次数。',
      en: 'Complaints per 10,000 interactions of the same cells, exact Poisson interval; n is the number of interactions.',
    },
    formula: { zh: '10,000 × 投诉件数 ÷ 交互次数', en: '10,000 × complaints ÷ interactions' },
    unit: 'per_10000',
    direction: 'down',
    range: [0, null],
    version: 1,
  },
  channel_hops: {
    id: 'channel_hops',
    name: { zh: '跨渠道重复联系率', en: 'Channel hopping' },
    definition: {
      zh: '客户为同一事项在 7 天内使用两个及以上渠道的事项占比，按事项开始日统计，Wilson 区间。',
      en: 'Share of customer-intent episodes that used two or more channels within seven days, counted on the day they began, Wilson interval.',
    },
    formula: { zh: '跨渠道事项数 ÷ 事项数', en: 'episodes with ≥ 2 channels ÷ episodes' },
    unit: 'share',
    direction: 'down',
    range: [0, 1],
    version: 1,
  },
  volume: {
    id: 'volume',
    name: { zh: '业务量', en: 'Volume' },
    definition: { zh: '交互次数，全量计数。', en: 'Number of interactions, a full count.' },
    formula: { zh: '交互次数', en: 'interactions' },
    unit: 'count',
    direction: 'none',
    range: [0, null],
    version: 1,
  },
}

/** Part of each cache key: changes with any definition. */
export const definitionsVersion = metricIds.map((id) => `${id}.${metrics[id].version}`).join(',')
