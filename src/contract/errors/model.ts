import type { CataloguedError } from './catalogued.ts'

/** The experience model, its targets, and what is asked of the figures. */
export const modelErrors = {
  model_parent_unknown: {
    status: 422,
    title: { zh: '上级节点不存在或已停用', en: 'The parent does not exist or is out of use' },
    remedy: { zh: '请选择仍在使用的旅程、阶段或触点。', en: 'Choose a journey, stage or touchpoint that is in use.' },
  },
  model_field_missing: {
    status: 422,
    title: { zh: '缺少该类节点的必填项', en: 'A field that this kind needs is missing' },
    remedy: {
      zh: '阶段需填所处时段，触点需填要素和渠道。',
      en: 'A stage needs its phase; a touchpoint its facet and channel.',
    },
  },
  target_metric_unknown: {
    status: 422,
    title: { zh: '没有这个指标', en: 'There is no such metric' },
    remedy: { zh: '指标清单见“指标定义”。', en: 'The metrics are listed under /api/v1/metrics.' },
  },
  target_place_unknown: {
    status: 422,
    title: { zh: '触点或机构不存在', en: 'The touchpoint or unit does not exist' },
    remedy: { zh: '请从体验模型和机构树中选择。', en: 'Choose it from the experience model and the unit tree.' },
  },
  target_already_ahead: {
    status: 409,
    title: { zh: '已有同日或更晚生效的目标值', en: 'A target from the same day or later exists' },
    remedy: { zh: '请先终止该目标值，或选择更晚的生效日。', en: 'End that target first or choose a later day.' },
  },
  target_period_wrong: {
    status: 422,
    title: { zh: '终止日须晚于生效日', en: 'A target ends after the day it begins' },
    remedy: { zh: '请更正日期。', en: 'Mend the date.' },
  },
  period_wrong: {
    status: 422,
    title: { zh: '统计期间不正确', en: 'The period is wrong' },
    remedy: {
      zh: '起始日不得晚于截止日，期间不超过 1100 天。',
      en: 'It starts before it ends and spans 1,100 days at most.',
    },
  },
  metric_unknown: {
    status: 422,
    title: { zh: '没有这个指标', en: 'There is no such metric' },
    remedy: { zh: '指标清单见“指标定义”。', en: 'The metrics are listed under /api/v1/metrics.' },
  },
  segment_episodes: {
    status: 422,
    title: { zh: '渠道跳转不能按客户分层衡量', en: 'Channel hopping is not measured for one segment' },
    remedy: {
      zh: '一次跳转跨多个渠道和机构，只能就全部客户衡量；请去掉分层，或换一个指标。',
      en: 'An episode reaches over channels and units; measure all customers, or choose another metric.',
    },
  },
  process_unknown: {
    status: 404,
    title: { zh: '没有该流程的事件日志', en: 'There is no event log of this process' },
    remedy: {
      zh: '流程清单见 GET /api/v1/processes；请先导入其事件。',
      en: 'GET /api/v1/processes lists them; import its events first.',
    },
  },
  question_unknown: {
    status: 404,
    title: { zh: '没有这个问题', en: 'There is no such question' },
    remedy: { zh: '可提的问题见 GET /api/v1/questions。', en: 'GET /api/v1/questions lists the questions.' },
  },
} as const satisfies Record<string, CataloguedError>
