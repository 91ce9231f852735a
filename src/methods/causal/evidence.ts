import type { Text } from '#lib/text.ts'
import { excludes, type Interval } from '#methods/intervals/interval.ts'

/** A randomised … E anecdote. */
export type Grade = 'A' | 'B' | 'C' | 'D' | 'E'

export const designs = {
  randomised: { zh: '随机分组', en: 'randomised' },
  difference_in_differences: { zh: '有对照的前后比较（双重差分）', en: 'before–after with untreated units' },
  interrupted_time_series: { zh: '间断时间序列', en: 'interrupted time series' },
  control_chart: { zh: '控制图', en: 'control chart' },
  before_after: { zh: '无对照的前后比较', en: 'before–after without comparison' },
  none: { zh: '无测量，仅凭反映', en: 'no measurement, only accounts' },
} satisfies Record<string, Text>

export type Design = keyof typeof designs

/** What a design stands on. Each reads as a statement that holds (passed), does not (failed), or was not examined. */
export const checks = {
  allocation_as_planned: { zh: '分组人数与计划一致', en: 'the groups have their planned sizes' },
  parallel_before: { zh: '实施前与对照同步变化', en: 'treated and untreated moved together before' },
  placebo_date: { zh: '假设更早开始时看不到效果', en: 'no effect appears at a date before the change' },
  no_other_change: { zh: '同期没有其他改动', en: 'nothing else changed at the same time' },
  no_spillover: { zh: '对照未受影响', en: 'the untreated were not affected' },
  series_long_enough: { zh: '前后数据足够长', en: 'the series is long enough on both sides' },
  season_covered: { zh: '季节影响已排除', en: 'the season is accounted for' },
  baseline_long_enough: { zh: '基线不少于20个点', en: 'the baseline has at least 20 points' },
  regression_to_mean_excluded: { zh: '已排除“极端值自然回归”', en: 'regression to the mean is ruled out' },
  started_as_registered: { zh: '按登记的日期开始', en: 'it began on its registered day' },
  definition_unchanged: { zh: '指标口径未变', en: 'the definition of the measure did not change' },
  mix_unchanged: { zh: '客户结构没有明显变化', en: 'the mix of customers did not change' },
} satisfies Record<string, Text>

export type Check = keyof typeof checks
export type CheckState = 'passed' | 'failed' | 'unknown'

export interface GradeReason {
  check: Check
  state: 'failed' | 'unknown'
  /** The best grade that is left with this. */
  atBest: Grade
}

export interface Evidence {
  design: Design
  grade: Grade
  /** What lowered the grade, the worst first; empty where the design's own grade stands. */
  reasons: GradeReason[]
  /** The reason for the grade in one sentence. */
  sentence: Text
}

const ownGrade: Record<Design, Grade> = {
  randomised: 'A',
  difference_in_differences: 'B',
  interrupted_time_series: 'C',
  control_chart: 'C',
  before_after: 'D',
  none: 'E',
}

/** For each design: what failing a check, or not having examined it, leaves at best. */
const demands: Record<Design, Partial<Record<Check, { failed: Grade; unknown: Grade }>>> = {
  randomised: {
    allocation_as_planned: { failed: 'D', unknown: 'B' },
    no_spillover: { failed: 'B', unknown: 'A' },
    started_as_registered: { failed: 'C', unknown: 'A' },
    definition_unchanged: { failed: 'D', unknown: 'A' },
  },
  difference_in_differences: {
    parallel_before: { failed: 'D', unknown: 'C' },
    placebo_date: { failed: 'D', unknown: 'C' },
    no_other_change: { failed: 'D', unknown: 'B' },
    no_spillover: { failed: 'C', unknown: 'B' },
    mix_unchanged: { failed: 'C', unknown: 'B' },
    started_as_registered: { failed: 'C', unknown: 'B' },
    definition_unchanged: { failed: 'D', unknown: 'B' },
  },
  interrupted_time_series: {
    series_long_enough: { failed: 'D', unknown: 'D' },
    season_covered: { failed: 'D', unknown: 'C' },
    no_other_change: { failed: 'D', unknown: 'C' },
    regression_to_mean_excluded: { failed: 'D', unknown: 'C' },
    mix_unchanged: { failed: 'D', unknown: 'C' },
    definition_unchanged: { failed: 'D', unknown: 'C' },
  },
  control_chart: {
    baseline_long_enough: { failed: 'D', unknown: 'D' },
    season_covered: { failed: 'D', unknown: 'C' },
    no_other_change: { failed: 'D', unknown: 'C' },
    regression_to_mean_excluded: { failed: 'D', unknown: 'C' },
    mix_unchanged: { failed: 'D', unknown: 'C' },
    definition_unchanged: { failed: 'D', unknown: 'C' },
  },
  before_after: { definition_unchanged: { failed: 'E', unknown: 'D' } },
  none: {},
}

/** The checks that decide the grade of a design, for the page that asks for them. */
export const checksOf = (design: Design): Check[] => Object.keys(demands[design]) as Check[]

/**
 * Evidence grade of an effect: the design's own grade, lowered by checks that failed or were not examined.
 * Inputs: the design, and the state of its checks; a check not named counts as unknown.
 * Source: after W. R. Shadish, T. D. Cook & D. T. Campbell (2002), Experimental and Quasi-Experimental Designs; the
 * letters are this product's.
 */
export function gradeEvidence(design: Design, states: Partial<Record<Check, CheckState>> = {}): Evidence {
  const reasons = Object.entries(demands[design]).flatMap(([name, atBest]): GradeReason[] => {
    const check = name as Check
    const state = states[check] ?? 'unknown'
    if (state === 'passed') return []
    return atBest[state] > ownGrade[design] ? [{ check, state, atBest: atBest[state] }] : []
  })
  reasons.sort((a, b) => b.atBest.localeCompare(a.atBest))
  const grade = reasons[0]?.atBest ?? ownGrade[design]
  return { design, grade, reasons, sentence: sentenceOf(design, grade, reasons) }
}

function sentenceOf(design: Design, grade: Grade, reasons: readonly GradeReason[]): Text {
  const decisive = reasons.filter((reason) => reason.atBest === grade)
  const said = (language: keyof Text, failed: string, unknown: string, separator: string) =>
    decisive.map((r) => `${r.state === 'failed' ? failed : unknown}${checks[r.check][language]}`).join(separator)
  if (decisive.length === 0) {
    return { zh: `${grade} 级：${designs[design].zh}。`, en: `Grade ${grade}: ${designs[design].en}.` }
  }
  return {
    zh: `${grade} 级：${designs[design].zh}，但${said('zh', '不成立：', '未核实：', '；')}。`,
    en: `Grade ${grade}: ${designs[design].en}, but ${said('en', 'it does not hold that ', 'it was not examined whether ', '; ')}.`,
  }
}

export type Better = 'higher' | 'lower'

/** A measure that must not get worse, with the effect on it. */
export interface Guard {
  measure: string
  better: Better
  interval: Interval
  /** The worsening one is ready to accept, in the unit of the measure; without it only a certain worsening counts. */
  margin?: number
}

export type GuardVerdict = 'holds' | 'breached' | 'unclear'

/**
 * Whether a guard measure held. With a margin: it holds where the whole interval is better than the margin, is breached
 * where none of it is, and is unclear in between. Without: it is breached where the interval lies wholly on the worse
 * side, and holds otherwise.
 * Source: non-inferiority after G. Piaggio et al. (2012), doi 10.1001/jama.2012.87802.
 */
export function judgeGuard({ better, interval, margin }: Guard): GuardVerdict {
  const [worst, best] = better === 'higher' ? [interval.low, interval.high] : [-interval.high, -interval.low]
  if (margin === undefined) return best < 0 ? 'breached' : 'holds'
  if (worst >= -margin) return 'holds'
  return best < -margin ? 'breached' : 'unclear'
}

/** Why an effect is not (yet) proved. */
export const doubts = {
  not_pre_registered: { zh: '主要指标未事先登记', en: 'the primary measure was not registered beforehand' },
  too_early: { zh: '未到约定的评估日期', en: 'the agreed date of judgement has not come' },
  includes_zero: { zh: '区间包含零，效果尚不确定', en: 'the interval includes zero' },
  wrong_direction: { zh: '变化方向与预期相反', en: 'the change goes the wrong way' },
  guard_breached: { zh: '护栏指标变差', en: 'a guard measure got worse' },
  guard_unclear: { zh: '护栏指标是否变差尚不清楚', en: 'a guard measure may have got worse' },
  grade_too_low: { zh: '证据等级低于 C', en: 'the evidence is graded below C' },
} satisfies Record<string, Text>

export type Doubt = keyof typeof doubts

export interface Proof {
  proved: boolean
  doubts: Doubt[]
  guards: { measure: string; verdict: GuardVerdict }[]
  /** What the evidence speaks for; the decision is a person's. */
  suggestion: 'standardise' | 'adjust' | 'roll_back' | 'wait'
}

/**
 * Whether an effect is proved: the pre-registered primary interval excludes zero in the right direction, every guard
 * holds, the grade is C or better, and the date of judgement has come.
 */
export function proof(input: {
  preRegistered: boolean
  /** Whether the registered date of analysis has been reached. */
  due: boolean
  better: Better
  primary: Interval
  guards: readonly Guard[]
  grade: Grade
}): Proof {
  const { primary, better } = input
  const guards = input.guards.map((guard) => ({ measure: guard.measure, verdict: judgeGuard(guard) }))
  const certain = excludes(primary, 0)
  const right = better === 'higher' ? primary.low > 0 : primary.high < 0
  const breached = guards.some((guard) => guard.verdict === 'breached')
  const found: [Doubt, boolean][] = [
    ['not_pre_registered', !input.preRegistered],
    ['too_early', !input.due],
    ['includes_zero', !certain],
    ['wrong_direction', certain && !right],
    ['guard_breached', breached],
    ['guard_unclear', guards.some((guard) => guard.verdict === 'unclear')],
    ['grade_too_low', input.grade > 'C'],
  ]
  const doubtsFound = found.flatMap(([doubt, holds]) => (holds ? [doubt] : []))
  const proved = doubtsFound.length === 0
  const harmful = (certain && !right) || breached
  const suggestion = proved ? 'standardise' : !input.due ? 'wait' : harmful ? 'roll_back' : 'adjust'
  return { proved, doubts: doubtsFound, guards, suggestion }
}
