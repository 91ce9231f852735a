import type { Text } from '#lib/text.ts'

export const lensNames = {
  process: { zh: '流程', en: 'Process' },
  people: { zh: '人员', en: 'People' },
  it: { zh: '技术', en: 'IT' },
  personalisation: { zh: '个性化', en: 'Personalisation' },
  regulation: { zh: '监管', en: 'Regulation' },
} satisfies Record<string, Text>

export const texts = {
  peopleSatisfaction: { zh: '人员类触点满意度', en: 'Satisfaction with people' },
  peopleSatisfactionMeans: {
    zh: '“人员”要素触点的满意度均值（1–5 分），各触点样本合并；区间未计同日相关。',
    en: 'Mean satisfaction (1–5) at touchpoints whose facet is people, answers pooled; the interval ignores same-day likeness.',
  },
  staffQuality: { zh: '员工服务质检差异', en: 'Spread of staff quality scores' },
  staffQualityNeeds: {
    zh: '需导入带员工编号的质检评分或问卷，方可在校正业务结构后比较员工间差异。',
    en: 'Needs quality scores or answers that name the member of staff, to compare after adjusting for case mix.',
  },
  digitalSuccess: { zh: '线上办理成功率', en: 'Success online' },
  digitalSuccessMeans: {
    zh: '手机银行、网银、自助设备、微信渠道中结果为“成功”的交互占比，Wilson 区间。',
    en: 'Share of interactions on app, web, self-service and WeChat that succeeded, Wilson interval.',
  },
  availability: { zh: '系统可用率与接口时延', en: 'Availability and latency' },
  availabilityNeeds: {
    zh: '需接入系统监控数据（可用率、报错、时延）。',
    en: 'Needs monitoring data: availability, errors, latency.',
  },
  recognised: { zh: '识别出客户的交互占比', en: 'Interactions with a known customer' },
  recognisedMeans: {
    zh: '带有客户标识的交互占比，Wilson 区间；未识别客户就谈不上个性化服务。',
    en: 'Share of interactions that carry a customer key, Wilson interval; nobody unknown can be served personally.',
  },
  offers: { zh: '推荐相关性与退订率', en: 'Relevance of offers and opt-outs' },
  offersNeeds: {
    zh: '需导入营销触达与客户反馈（点击、拒绝、退订）。',
    en: 'Needs offers made and how customers answered: taken, refused, opted out.',
  },
  complaintsInTime: { zh: '投诉按期办结率', en: 'Complaints closed in time' },
  noPack: { zh: '统计期间没有生效的投诉处理规则包。', en: 'No complaint rule pack is in force in this period.' },
  constraints: { zh: '监管约束登记', en: 'Register of regulatory constraints' },
  constraintsNeed: {
    zh: '尚未登记各痛点属于“监管要求”还是“自我加码”；登记后，简化建议不会触碰监管必需的控制。',
    en: 'No pain point is tagged yet as self-imposed or required by regulation; once tagged, no proposal will touch a mandatory control.',
  },
} satisfies Record<string, Text>
