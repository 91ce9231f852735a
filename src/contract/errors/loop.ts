import type { CataloguedError } from './catalogued.ts'

/** Findings, actions and effects. */
export const loopErrors = {
  finding_state: {
    status: 409,
    title: { zh: '该问题当前状态不允许此操作', en: 'The finding is in a state that does not allow this' },
    remedy: {
      zh: '请刷新后查看其最新状态，或先撤销上一次处理。',
      en: 'Reload it, or take the newest decision back first.',
    },
  },
  merge_circular: {
    status: 409,
    title: {
      zh: '不能并入自身或已并入它的问题',
      en: 'A finding cannot be merged into itself or into one merged into it',
    },
    remedy: { zh: '请选择另一个问题作为归并目标。', en: 'Choose another finding to merge into.' },
  },
  owner_unknown: {
    status: 422,
    title: { zh: '没有这个负责人', en: 'There is no such owner' },
    remedy: { zh: '可选负责人见 GET /api/v1/owners。', en: 'GET /api/v1/owners lists who can be chosen.' },
  },
  owner_needed: {
    status: 422,
    title: { zh: '尚未指定负责人', en: 'The action has no owner' },
    remedy: {
      zh: '锁定预登记之前先指定负责人；锁定之后可以换人，不能空缺。',
      en: 'Name an owner before the lock; afterwards the owner may change but not be missing.',
    },
  },
  action_state: {
    status: 409,
    title: { zh: '该措施当前状态不允许此操作', en: 'The action is in a state that does not allow this' },
    remedy: {
      zh: '次序为：计划、锁定预登记、开始、执行完毕、评估、决定。',
      en: 'The order is: plan, lock, start, finish, estimate, decide.',
    },
  },
  action_dates: {
    status: 422,
    title: { zh: '日期先后不合理', en: 'The dates do not fit together' },
    remedy: {
      zh: '评估日须晚于开始日至少 60 天；任何一步都不能填未来的日期。',
      en: 'The analysis must be at least 60 days after the start, and no step may lie in the future.',
    },
  },
  start_backdated: {
    status: 422,
    title: { zh: '开始日不能倒填', en: 'The start lies too far back' },
    remedy: {
      zh: '开始当天或三天之内登记开始；更早的开始日等于看过结果再挑日期。',
      en: 'Record a start on its day or within three days: an earlier one could be chosen after seeing the numbers.',
    },
  },
  effect_direction: {
    status: 422,
    title: { zh: '预期效果与指标方向不符', en: 'The expected effect goes the wrong way for this metric' },
    remedy: {
      zh: '越低越好的指标应填负值（如等候时长 -120），越高越好的填正值。',
      en: 'Give a negative number where lower is better (-120 seconds of wait), a positive one where higher is.',
    },
  },
  registration_locked: {
    status: 409,
    title: { zh: '预登记已锁定，不可更改', en: 'The pre-registration is locked and cannot change' },
    remedy: {
      zh: '如方案确需改变，请取消本措施并说明原因，另建一项。',
      en: 'Cancel the action with a reason and plan another.',
    },
  },
  effect_not_due: {
    status: 409,
    title: { zh: '尚未到评估日，不下结论', en: 'It is not yet the day of the analysis: no verdict' },
    remedy: { zh: '评估日前可查看走势图。', en: 'Until then, look at the running chart.' },
  },
  effect_facts_missing: {
    status: 409,
    title: { zh: '数据尚未到齐，不下结论', en: 'The facts have not all come in: no verdict' },
    remedy: {
      zh: '主要指标与护栏指标的数据到齐后自动评估；请检查导入与接口是否中断。',
      en: 'It is judged by itself once the facts of the measure and its guards are in; check whether an import or feed has stopped.',
    },
  },
  effect_exists: {
    status: 409,
    title: { zh: '该措施的效果已评估', en: 'The effect of this action has been estimated' },
    remedy: { zh: '如需再看是否保持，请使用复查。', en: 'Use the recheck to see whether it lasts.' },
  },
  effect_decided: {
    status: 409,
    title: { zh: '该效果已作出决定', en: 'This effect has been decided on' },
    remedy: { zh: '如需更改，请先撤销原决定。', en: 'Take the decision back first.' },
  },
} as const satisfies Record<string, CataloguedError>
