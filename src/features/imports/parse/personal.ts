import { synonyms } from './synonyms.ts'

/** Why a column or an attribute is not kept beside the facts: what its name or its values say it is. */
export const personalReasons = [
  'name',
  'phone',
  'document',
  'email',
  'address',
  'card',
  'person_number',
  'free_text',
] as const
export type PersonalReason = (typeof personalReasons)[number]

export interface LeftOut {
  column: string
  reason: PersonalReason
}

/** Without case, spaces and the signs that join words. */
const plain = (text: string) => text.toLowerCase().replace(/[\s_\-.:()（）]/g, '')

/** Names that mean it exactly. Where people are numbered, the number is a surrogate or it is nowhere. */
const exact: Record<PersonalReason, readonly string[]> = {
  name: [
    ...['name', 'full_name', 'first_name', 'last_name', 'given_name', 'family_name', 'surname', 'real_name'],
    ...['customer_name', 'client_name', 'cust_name', 'contact', 'contact_name', 'holder', 'holder_name', 'user_name'],
    ...['staff_name', 'employee_name', 'agent_name', 'teller_name', 'caller', 'caller_name', 'spouse', 'guardian'],
    ...['客户名', '名字', '户主', '联系人', '经办', '客户经理', '柜员', '坐席'],
  ],
  phone: [
    ...(synonyms.phone ?? []),
    'phone',
    'tel',
    'tel_no',
    'cell',
    'fax',
    'msisdn',
    'caller_id',
    'ani',
    'contact_no',
  ],
  document: [
    ...(synonyms.document ?? []),
    'document',
    'ssn',
    'id_no',
    'id_num',
    'passport',
    'birthday',
    'birth_date',
    'dob',
  ],
  email: ['mail', 'mailbox'],
  address: ['addr', 'residence', 'domicile', 'ip', 'ip_address', 'longitude', 'latitude'],
  card: ['card', 'pan', 'iban', 'account', 'account_id', 'acct', 'acct_no'],
  person_number: [
    ...['customer', 'staff', 'respondent', 'case_key', 'resource'].flatMap((field) => [
      field,
      ...(synonyms[field] ?? []),
    ]),
    ...['openid', 'unionid', 'device_id', 'imei', 'user_id', 'login'],
  ],
  free_text: [
    ...(synonyms.text ?? []),
    ...[
      'text',
      'note',
      'notes',
      'remark',
      'remarks',
      'memo',
      'message',
      'feedback',
      'transcript',
      'summary',
      'free_text',
    ],
    ...['opinion', 'suggestion', 'review', 'subject_text'],
  ],
}

/** Parts of a name that mean it wherever they stand. */
const within: [PersonalReason, RegExp][] = [
  ['phone', /手机(?!银行|型号|品牌|系统|版本)|电话|传真|(?:phone|mobile|cell)(?:phone)?(?:no|num|number)?\d?$/],
  ['document', /证件|身份证|护照|passport|idcard|idnumber|identity(?:no|number)|出生日期|生日/],
  ['email', /e-?mail|邮箱|邮件|微信(?!银行|渠道)|wechat(?:id|no)?$/],
  ['address', /地址|住址|address(?:line\d?)?$/],
  ['card', /卡号|账号|帐号|cardno|cardnum|accountno|accountnum/],
  ['name', /姓名|户名|联系人|(?:customer|client|cust|contact|holder)(?:full)?name/],
  ['free_text', /备注|留言|意见|评语|描述|说明|摘要|录音|对话|诉求|remark|comment|verbatim|description/],
]

const byName = new Map<string, PersonalReason>(
  personalReasons.flatMap((reason) => exact[reason].map((name) => [plain(name), reason] as const)),
)
const known = new Map<string, PersonalReason | undefined>()

/** What the name of a column says it holds; of `outer.inner` and `case:name` the last part counts as well. */
export function meansPersonal(column: string): PersonalReason | undefined {
  if (known.has(column)) return known.get(column)
  const parts = [column, column.split(/[.:/]/).at(-1) ?? ''].map(plain)
  let reason: PersonalReason | undefined
  for (const part of parts) reason ??= byName.get(part) ?? within.find(([, pattern]) => pattern.test(part))?.[0]
  if (known.size < 10_000) known.set(column, reason)
  return reason
}

/**
 * What values look like, in the syntax that JavaScript and DuckDB share. A digit, letter or point beside it makes a
 * number part of something else: an amount, a hash.
 */
const [before, after] = ['(?:^|[^0-9A-Za-z.])', '(?:[^0-9A-Za-z.]|[.][^0-9]|[.]?$)']
export const valuePatterns: [PersonalReason, string][] = [
  ['phone', `${before}(?:[+]?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}${after}`],
  [
    'document',
    `${before}[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]${after}`,
  ],
  ['email', '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{2,}'],
  // UnionPay, Visa, Mastercard and American Express, plain or in groups of four.
  [
    'card',
    `${before}(?:62[0-9]{2}|4[0-9]{3}|5[1-5][0-9]{2})[- ]?[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}(?:[- ]?[0-9]{1,3})?${after}|${before}3[47][0-9]{13}${after}`,
  ],
]
/** Longer values, in bytes, are prose: thirty-odd Chinese characters. */
export const longestValue = 100

const patterns = valuePatterns.map(([reason, pattern]) => [reason, new RegExp(pattern)] as const)

export function looksPersonal(value: string): PersonalReason | undefined {
  if (value.length > longestValue || (value.length * 3 > longestValue && Buffer.byteLength(value) > longestValue))
    return 'free_text'
  // The shortest of them, an e-mail address, has six characters.
  if (value.length < 6) return undefined
  return patterns.find(([, pattern]) => pattern.test(value))?.[0]
}

type Attributes = Record<string, string | number | boolean | null>

/** The attributes of one interaction without those that say who somebody is; `leftOut` collects what went. */
export function impersonal(given: Attributes, leftOut: Map<string, PersonalReason>): Attributes | undefined {
  const kept: Attributes = {}
  let any = false
  for (const [key, value] of Object.entries(given)) {
    const reason =
      meansPersonal(key) ??
      (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))
        ? looksPersonal(String(value))
        : undefined)
    if (reason) leftOut.set(key, reason)
    else {
      kept[key] = value
      any = true
    }
  }
  return any ? kept : undefined
}
