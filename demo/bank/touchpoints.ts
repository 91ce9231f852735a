import { contactCentre, headOffice, messagingUnit, mobileUnit, webUnit } from './units.ts'

/** Where a touchpoint's interactions arise; each place has its own generator. */
export type Place =
  | 'counter'
  | 'advice'
  | 'machine'
  | 'mobile'
  | 'web'
  | 'wechat'
  | 'sms'
  | 'ivr'
  | 'agent'
  | 'complaint'

export interface DemoTouchpoint {
  id: string
  journey: string
  phase: 'before' | 'during' | 'after'
  name: string
  nameEn: string
  facet: 'product' | 'service' | 'channel' | 'people' | 'brand'
  channel: 'branch' | 'web' | 'app' | 'atm' | 'phone' | 'wechat' | 'sms' | 'rm_visit'
  place: Place
  owner: string
  product: string
  /** Share of its place's interactions, relative to the others there. */
  weight: number
  /** Handling time, lognormal. */
  medianSeconds: number
  sigma: number
  /** Probability that the customer does not get done what he came for. */
  failure: number
  /** Centres of the latent scores, before random effects and penalties. */
  csat: number
  ces: number
  nps: number
  /** Share of its interactions that end with an answered survey. */
  surveyed: number
  /** Complaints for 10,000 interactions. */
  complaints: number
  money?: { type: string; median: number; sigma: number }
  moment?: { name: string; nameEn: string; why: string }
}

export const demoJourneys = [
  { id: 'account_opening', name: '开户', nameEn: 'Account opening', intent: '开户' },
  { id: 'personal_loan', name: '个人贷款', nameEn: 'Personal loan', intent: '贷款' },
  { id: 'transfer', name: '转账汇款', nameEn: 'Transfers', intent: '转账汇款' },
  { id: 'wealth', name: '理财', nameEn: 'Wealth management', intent: '理财' },
  { id: 'credit_card', name: '信用卡', nameEn: 'Credit card', intent: '信用卡' },
  { id: 'complaint_handling', name: '投诉处理', nameEn: 'Complaint handling', intent: '投诉' },
  { id: 'hotline', name: '客户服务热线', nameEn: 'Service hotline', intent: '咨询' },
  { id: 'account_care', name: '账户维护', nameEn: 'Account care', intent: '账户维护' },
] as const

export const phaseNames = {
  before: { zh: '办理前', en: 'Before' },
  during: { zh: '办理中', en: 'During' },
  after: { zh: '办理后', en: 'After' },
} as const

type Row = readonly [
  id: string,
  journey: string,
  phase: DemoTouchpoint['phase'],
  name: string,
  nameEn: string,
  facet: DemoTouchpoint['facet'],
  place: Place,
  product: string,
  weight: number,
  medianSeconds: number,
  sigma: number,
  failure: number,
  csat: number,
  ces: number,
  nps: number,
  surveyed: number,
  complaints: number,
]

const channelOf: Record<Place, DemoTouchpoint['channel']> = {
  counter: 'branch',
  advice: 'rm_visit',
  machine: 'atm',
  mobile: 'app',
  web: 'web',
  wechat: 'wechat',
  sms: 'sms',
  ivr: 'phone',
  agent: 'phone',
  complaint: 'phone',
}
const ownerOf: Record<Place, string> = {
  counter: headOffice,
  advice: headOffice,
  machine: headOffice,
  mobile: mobileUnit,
  web: webUnit,
  wechat: messagingUnit,
  sms: messagingUnit,
  ivr: contactCentre,
  agent: contactCentre,
  complaint: 'ops-complaint',
}

// biome-ignore format: one touchpoint a line reads as the table it is
const rows: readonly Row[] = [
  // id, journey, phase, name, English, facet, place, product, weight, median s, sigma, failure, CSAT, CES, NPS, surveyed, complaints/10k
  ['tp_open_info', 'account_opening', 'before', '网点开户咨询', 'Asking at the branch', 'people', 'counter', '个人结算账户', 8, 340, 0.5, 0.02, 4.62, 5.7, 8.5, 0.22, 24],
  ['tp_open_counter', 'account_opening', 'during', '柜面开户办理', 'Opening at the counter', 'service', 'counter', '个人结算账户', 16, 860, 0.45, 0.035, 4.52, 5.4, 8.3, 0.26, 68],
  ['tp_open_app', 'account_opening', 'during', '手机银行线上开户', 'Opening in the app', 'product', 'mobile', '电子账户', 3, 380, 0.5, 0.06, 4.5, 5.5, 8.2, 0.3, 52],
  ['tp_open_activate', 'account_opening', 'after', '新户激活与首次登录', 'Activation and first sign-in', 'channel', 'mobile', '电子账户', 3, 150, 0.5, 0.04, 4.55, 5.5, 8.3, 0.27, 36],
  ['tp_loan_consult', 'personal_loan', 'before', '客户经理贷款咨询', 'Loan advice by the manager', 'people', 'advice', '个人贷款', 10, 1500, 0.4, 0.01, 4.66, 5.6, 8.6, 0.45, 32],
  ['tp_loan_docs', 'personal_loan', 'during', '贷款资料提交', 'Handing in loan documents', 'service', 'counter', '个人贷款', 12, 1060, 0.4, 0.05, 4.42, 5.1, 8.1, 0.28, 84],
  ['tp_loan_repay', 'personal_loan', 'after', '还款与结清', 'Repayment and settlement', 'product', 'mobile', '个人贷款', 8, 75, 0.5, 0.02, 4.6, 5.8, 8.4, 0.105, 28],
  ['tp_transfer_payee', 'transfer', 'before', '收款人与限额设置', 'Payees and limits', 'product', 'mobile', '转账汇款', 8, 110, 0.5, 0.025, 4.52, 5.4, 8.3, 0.105, 24],
  ['tp_mobile_transfer', 'transfer', 'during', '手机银行转账', 'Transfer in the app', 'product', 'mobile', '转账汇款', 34, 85, 0.5, 0.018, 4.63, 5.8, 8.5, 0.068, 22],
  ['tp_counter_transfer', 'transfer', 'during', '柜面转账汇款', 'Transfer at the counter', 'service', 'counter', '转账汇款', 26, 380, 0.45, 0.015, 4.58, 5.5, 8.3, 0.2, 28],
  ['tp_atm', 'transfer', 'during', '自助设备存取款与转账', 'Self-service machines', 'channel', 'machine', '现金与转账', 10, 140, 0.4, 0.025, 4.52, 5.6, 8.2, 0.09, 16],
  ['tp_transfer_receipt', 'transfer', 'after', '网银回单查询', 'Receipts online', 'product', 'web', '转账汇款', 7, 120, 0.5, 0.02, 4.5, 5.5, 8.2, 0.135, 14],
  ['tp_wealth_advice', 'wealth', 'before', '理财经理面谈', 'Talk with the wealth manager', 'people', 'counter', '理财', 10, 1100, 0.4, 0.008, 4.68, 5.7, 8.7, 0.32, 36],
  ['tp_wealth_buy', 'wealth', 'during', '手机银行购买理财', 'Buying in the app', 'product', 'mobile', '理财', 10, 260, 0.5, 0.02, 4.55, 5.6, 8.4, 0.105, 24],
  ['tp_wealth_counter', 'wealth', 'during', '风险测评与双录购买', 'Risk test and recorded purchase', 'service', 'counter', '理财', 9, 1340, 0.35, 0.02, 4.45, 5.0, 8.2, 0.32, 48],
  ['tp_wealth_report', 'wealth', 'after', '持仓与到期提醒', 'Holdings and maturity notices', 'brand', 'wechat', '理财', 8, 35, 0.6, 0.005, 4.52, 5.7, 8.3, 0.105, 8],
  ['tp_card_promo', 'credit_card', 'before', '信用卡活动推介', 'Card offers', 'brand', 'wechat', '信用卡', 7, 40, 0.6, 0.005, 4.36, 5.5, 7.9, 0.105, 16],
  ['tp_card_apply', 'credit_card', 'during', '信用卡网上申请', 'Applying online', 'product', 'web', '信用卡', 4, 520, 0.5, 0.07, 4.42, 5.2, 8.1, 0.21, 52],
  ['tp_card_bill', 'credit_card', 'after', '账单与分期', 'Bills and instalments', 'product', 'mobile', '信用卡', 15, 70, 0.5, 0.015, 4.5, 5.6, 8.2, 0.075, 28],
  ['tp_complaint_entry', 'complaint_handling', 'before', '投诉受理', 'Taking the complaint', 'channel', 'complaint', '投诉', 1, 420, 0.4, 0.01, 4.15, 4.9, 7.4, 0.5, 0],
  ['tp_complaint_handle', 'complaint_handling', 'during', '投诉调查与沟通', 'Inquiry and talk', 'people', 'complaint', '投诉', 1.4, 760, 0.4, 0.02, 4.0, 4.7, 7.2, 0.45, 0],
  ['tp_complaint_review', 'complaint_handling', 'after', '办结回访', 'Call after closure', 'service', 'complaint', '投诉', 0.8, 240, 0.4, 0.01, 4.2, 5.2, 7.5, 0.6, 0],
  ['tp_hotline_ivr', 'hotline', 'before', '语音导航自助', 'Voice menu', 'channel', 'ivr', '综合', 1, 75, 0.4, 0.03, 4.32, 5.0, 7.9, 0.12, 18],
  ['tp_hotline_agent', 'hotline', 'during', '人工坐席服务', 'Talking to an agent', 'people', 'agent', '综合', 1, 250, 0.6, 0.03, 4.64, 5.6, 8.5, 0.18, 30],
  ['tp_hotline_follow', 'hotline', 'after', '问题跟进通知', 'Follow-up notice', 'brand', 'sms', '综合', 8, 20, 0.4, 0.004, 4.45, 5.5, 8.1, 0.09, 8],
  ['tp_care_notice', 'account_care', 'before', '证件到期提醒', 'Document expiry notice', 'brand', 'sms', '账户服务', 6, 20, 0.4, 0.004, 4.5, 5.6, 8.2, 0.09, 8],
  ['tp_care_counter', 'account_care', 'during', '柜面信息变更与挂失', 'Changes and losses at the counter', 'service', 'counter', '账户服务', 19, 530, 0.45, 0.02, 4.5, 5.3, 8.2, 0.22, 44],
  ['tp_care_app', 'account_care', 'during', '手机银行自助变更', 'Changes in the app', 'product', 'mobile', '账户服务', 9, 160, 0.5, 0.03, 4.5, 5.5, 8.2, 0.105, 24],
  ['tp_care_confirm', 'account_care', 'after', '变更结果通知', 'Confirmation of changes', 'brand', 'sms', '账户服务', 7, 20, 0.4, 0.004, 4.55, 5.8, 8.3, 0.09, 6],
]

const money: Record<string, NonNullable<DemoTouchpoint['money']>> = {
  tp_loan_repay: { type: '贷款还款', median: 3200, sigma: 0.7 },
  tp_mobile_transfer: { type: '转账', median: 900, sigma: 1.4 },
  tp_counter_transfer: { type: '汇款', median: 8000, sigma: 1.3 },
  tp_atm: { type: '取现', median: 1500, sigma: 0.8 },
  tp_wealth_buy: { type: '理财申购', median: 20000, sigma: 0.9 },
  tp_wealth_counter: { type: '理财申购', median: 80000, sigma: 0.9 },
  tp_card_bill: { type: '信用卡还款', median: 2600, sigma: 0.8 },
}

const moments: Record<string, NonNullable<DemoTouchpoint['moment']>> = {
  tp_open_counter: {
    name: '首次到网点就一次办成',
    nameEn: 'Done at the first visit',
    why: '开户是客户对本行的第一印象，补件和久等最容易流失新客。',
  },
  tp_loan_docs: {
    name: '资料一次交齐',
    nameEn: 'Documents complete at once',
    why: '反复补件是贷款客户抱怨最多的环节。',
  },
  tp_mobile_transfer: {
    name: '点下“确认”后到账',
    nameEn: 'The money arrives after “confirm”',
    why: '转账失败直接动摇客户对资金安全的信心。',
  },
  tp_wealth_advice: {
    name: '听懂客户真正的需要',
    nameEn: 'Hearing what the client needs',
    why: '面谈决定客户是否把资产放心托付。',
  },
  tp_card_apply: {
    name: '提交申请后的审批答复',
    nameEn: 'The answer after applying',
    why: '迟迟没有答复会让客户转向他行。',
  },
  tp_complaint_handle: {
    name: '专人来电并说清处理方案',
    nameEn: 'A named person calls and explains',
    why: '处理得当的投诉客户，往往比从未投诉的客户更忠诚。',
  },
  tp_hotline_agent: {
    name: '首次来电解决',
    nameEn: 'Solved in the first call',
    why: '重复来电是费力度升高的主要原因。',
  },
}

export const demoTouchpoints: readonly DemoTouchpoint[] = rows.map(
  // biome-ignore format: in the order of the table
  ([id, journey, phase, name, nameEn, facet, place, product, weight, medianSeconds, sigma, failure, csat, ces, nps, surveyed, complaints]) => ({
    id, journey, phase, name, nameEn, facet, place, product, weight, medianSeconds, sigma, failure, csat, ces, nps, surveyed, complaints,
    channel: channelOf[place],
    owner: ownerOf[place],
    ...(money[id] ? { money: money[id] } : {}),
    ...(moments[id] ? { moment: moments[id] } : {}),
  }),
)

export const intentOf = (touchpoint: DemoTouchpoint): string =>
  demoJourneys.find((journey) => journey.id === touchpoint.journey)?.intent ?? '咨询'
