import type { CataloguedError } from './catalogued.ts'

/** What customers ask of the bank that holds their data. */
export const privacyErrors = {
  customer_unknown: {
    status: 422,
    title: { zh: '查无此客户', en: 'No such customer is known here' },
    remedy: {
      zh: '请核对来源系统与客户号；本系统没有该客户的数据，或其数据已被删除。填了几个客户号的，customers 指出是第几个。',
      en: 'Check source and number; nothing is held of such a customer, or it has been erased. Of several, `customers` says which.',
    },
  },
  erasure_decided: {
    status: 409,
    title: { zh: '该删除申请已有结论', en: 'This request has been decided on already' },
    remedy: { zh: '请刷新后查看当前状态。', en: 'Reload to see where it stands.' },
  },
  erasure_second_person: {
    status: 403,
    title: { zh: '须由另一人批准或拒绝', en: 'Another person has to decide this' },
    remedy: {
      zh: '登记人本人及密码由登记人一方掌握的账户均不能批准或拒绝：请由另一位有删除权限的人员办理；密码由他人初次设定的，请先自行修改密码。',
      en: 'Neither who filed it nor an account whose password he may know decides it: ask another who may erase. Whoever was given a first password changes it first.',
    },
  },
  erasure_not_yours: {
    status: 403,
    title: { zh: '只有登记人可以撤回', en: 'Only who filed it can withdraw it' },
    remedy: { zh: '如不应删除，请说明理由予以拒绝。', en: 'If it should not be done, refuse it with the reason.' },
  },
} as const satisfies Record<string, CataloguedError>
