import type { Text } from '#lib/text.ts'
import type { RejectReason } from './rejects.ts'

/** Why a row could not be read, for the person who exported the file. */
export const rejectTexts: Record<RejectReason, Text> = {
  field_count_wrong: { zh: '字段个数与表头不一致', en: 'The number of fields differs from the header' },
  quote_misplaced: { zh: '引号位置不正确', en: 'A quotation mark stands where it should not' },
  quote_unterminated: { zh: '引号没有闭合', en: 'A quotation mark is never closed' },
  encoding_invalid: { zh: '含有该编码无法识别的字符', en: 'Holds characters that the encoding does not allow' },
  control_character: { zh: '含有不可存储的控制字符', en: 'Holds a control character that cannot be stored' },
  row_too_long: { zh: '单行过长', en: 'The row is too long' },
  json_malformed: { zh: '不是有效的 JSON', en: 'Is not valid JSON' },
  json_not_object: { zh: '该行不是 JSON 对象', en: 'Is not a JSON object' },
  timestamp_invalid: { zh: '时间格式无法识别', en: 'The time cannot be read' },
}
