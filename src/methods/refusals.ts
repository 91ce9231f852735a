import type { Result } from '#lib/result.ts'
import { fail } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'

/** Why a method declines to answer. A page that shows the refusal shows this text. */
export const refusals = {
  invalid_input: {
    zh: '输入不合法：数值缺失、为负或相互矛盾。',
    en: 'The input is not valid: a number is missing, negative or contradicts another.',
  },
  no_data: { zh: '没有数据。', en: 'There are no data.' },
  too_few_answers: { zh: '样本不足，无法估计。', en: 'There are too few answers for an estimate.' },
  too_few_points: { zh: '时间点太少，无法判断。', en: 'There are too few points in time for a judgement.' },
  too_few_units: { zh: '可比较的机构太少。', en: 'There are too few units to compare.' },
  no_variation: {
    zh: '数据没有变化，无法计算误差。',
    en: 'The data do not vary, so no error can be computed.',
  },
  collinear: {
    zh: '模型中的因素互相重叠，无法分开估计。',
    en: 'The terms of the model overlap and cannot be told apart.',
  },
  not_converged: { zh: '计算没有收敛。', en: 'The computation did not converge.' },
  rule_not_for_chart: {
    zh: '该判异规则不适用于这种控制图。',
    en: 'This run rule does not suit this kind of chart.',
  },
  staggered_start: {
    zh: '各机构开始日期不同，简单双重差分会失真。',
    en: 'The units began on different dates, where a simple difference-in-differences misleads.',
  },
  unstable_queue: {
    zh: '到达多于服务能力，队列会无限增长。',
    en: 'More arrive than can be served; the queue grows without end.',
  },
  not_visible: {
    zh: '在可接受的时间内看不出预期效果。',
    en: 'The expected effect cannot be seen within the longest acceptable time.',
  },
} satisfies Record<string, Text>

export type Refusal = keyof typeof refusals

export type Answer<T> = Result<T, Refusal>

export const refuse = (reason: Refusal, detail?: Record<string, unknown>) => fail(reason, detail)

export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
