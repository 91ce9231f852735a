import { measureName, type Unit, written } from '#features/findings/data.ts'
import type { Text } from '#lib/text.ts'
import type { Measure } from '../tables.ts'

/** Why an effect is judged as it is, beyond what the methods themselves say. */
export const reasonTexts = {
  design_fell_back: {
    zh: '登记的设计无法实施，已退用较弱的设计，证据等级随之降低。',
    en: 'The registered design could not be carried out; a weaker one was used and graded as such.',
  },
  few_controls: {
    zh: '可比且未实施措施的机构不足 3 家。',
    en: 'Fewer than three comparable units were left untreated.',
  },
  no_signal: {
    zh: '控制图上没有出现向好的异常信号，可能只是日常波动。',
    en: 'The control chart shows no signal on the better side: it may be ordinary variation.',
  },
  regression_to_mean: {
    zh: '该处因表现最差而入选，变化中有相当部分即使不采取措施也会出现（向均值回归）；已按校正后的起点判断。',
    en: 'It was picked for being extreme: a good part of the change was to be expected anyway (regression to the mean); judged from the corrected starting point.',
  },
  regression_covers_effect: {
    zh: '扣除向均值回归后，效果的区间包含零。',
    en: 'Once regression to the mean is taken off, the interval of the effect includes zero.',
  },
  regression_unknown: {
    zh: '该处因表现差而入选，可比机构太少，无法估计向均值回归的幅度。',
    en: 'It was picked for being bad, and too few comparable units say how much would have come back by itself.',
  },
  other_action: {
    zh: '同期同一触点还有其他改进措施，效果无法分开。',
    en: 'Another action ran at the same touchpoint at the same time: the effects cannot be told apart.',
  },
  definition_changed: {
    zh: '锁定之后指标口径有变化，前后不可直接比较。',
    en: 'The definition of the metric changed after the lock: before and after do not compare.',
  },
  mix_changed: {
    zh: '前后客群结构明显不同，差异可能来自结构。',
    en: 'The mix of customers changed between before and after: part of the difference may be mix.',
  },
  locked_late: {
    zh: '方案在开始之后才锁定，不能算作事先登记。',
    en: 'The plan was locked after the start, so it was not registered beforehand.',
  },
  start_moved: {
    zh: '实际开始日偏离登记的开始日一周以上，不能算按登记执行。',
    en: 'It began more than a week off its registered start: it was not carried out as registered.',
  },
  facts_end_early: {
    zh: '实施机构的数据在评估期结束前四周以上就中断了，期末没有测量。',
    en: 'The facts of the treated units end more than four weeks before the window does: its end was not measured.',
  },
  not_measurable: { zh: '数据不足，无法评估效果。', en: 'There are too few data to measure the effect.' },
  proved: {
    zh: '预登记主要指标的区间不含零且方向正确，护栏指标均守住，证据等级不低于 C。',
    en: 'The pre-registered interval excludes zero the right way, the guards hold, the grade is C or better.',
  },
} satisfies Record<string, Text>
export type ReasonCode = keyof typeof reasonTexts

/** Metric, touchpoint, units in words. */
export function measureText(
  measure: Pick<Measure, 'metric' | 'touchpointId' | 'unitIds'>,
  units: ReadonlyMap<string, Unit>,
  touchpoints: ReadonlyMap<string, Text>,
): Text {
  const name = measureName(measure.metric)
  const where = (language: keyof Text) => {
    const names = measure.unitIds
      .slice(0, 3)
      .map((id) => (language === 'zh' ? units.get(id)?.name : (units.get(id)?.nameEn ?? units.get(id)?.name)) ?? id)
    const more = measure.unitIds.length - names.length
    const listed = names.join(language === 'zh' ? '、' : ', ')
    return more > 0 ? `${listed}${language === 'zh' ? `等 ${measure.unitIds.length} 家` : ` and ${more} more`}` : listed
  }
  const at = measure.touchpointId === null ? undefined : touchpoints.get(measure.touchpointId)
  return {
    zh: [where('zh'), at?.zh, name.zh].filter(Boolean).join(' · '),
    en: [where('en'), at?.en, name.en].filter(Boolean).join(' · '),
  }
}

/** A change with its sign, as a sentence writes it. */
export function signed(metric: string, value: number): Text {
  const { zh, en } = written(metric, Math.abs(value))
  const sign = value < 0 ? '−' : '+'
  return { zh: `${sign}${zh}`, en: `${sign}${en}` }
}

export const similarityTexts = {
  same_metric: { zh: '同一指标', en: 'the same metric' },
  same_touchpoint: { zh: '同一触点', en: 'the same touchpoint' },
  same_facet: { zh: '同类触点', en: 'the same kind of touchpoint' },
  same_channel: { zh: '同一渠道', en: 'the same channel' },
  same_unit_kind: { zh: '同类机构', en: 'the same kind of unit' },
} satisfies Record<string, Text>

export const reminderTexts = {
  action_due_soon: { zh: '措施即将到期', en: 'An action falls due soon' },
  action_overdue: { zh: '措施已逾期', en: 'An action is overdue' },
  effect_due: { zh: '评估日已到，尚待数据到齐后评估', en: 'The day of judgement has come: it waits to be judged' },
  recheck_due: {
    zh: '证实有效已满半年，请复查效果是否保持',
    en: 'Half a year after it was proved: recheck whether it lasts',
  },
  effect_to_decide: { zh: '效果已评估，等待决定', en: 'An effect has been measured and waits for a decision' },
  finding_waiting: { zh: '已认可的问题尚无改进措施', en: 'An accepted finding has no action yet' },
} satisfies Record<string, Text>
export type ReminderKind = keyof typeof reminderTexts
