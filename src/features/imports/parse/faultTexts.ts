import type { Text } from '#lib/text.ts'
import type { ImportFault } from '#warehouse/import/fieldSql.ts'
import type { RejectReason } from '#warehouse/import/readers/rejects.ts'

interface FaultText {
  text: Text
  remedy: Text
}

const of = (zh: string, en: string, remedyZh: string, remedyEn: string): FaultText => ({
  text: { zh, en },
  remedy: { zh: remedyZh, en: remedyEn },
})

/** Every reason why a row is not loaded, with what can be done. */
export const faultTexts: Record<ImportFault | RejectReason, FaultText> = {
  missing: of(
    '必填项为空',
    'A required field is empty',
    '请补齐该列，或改映射到有值的列。',
    'Fill the column, or map another one.',
  ),
  not_a_number: of(
    '不是数字',
    'Not a number',
    '请检查单位、千分位或文字混入；小数点为逗号时，映射中写 decimal。',
    'Look for units or words among the digits; where decimals follow a comma, say so with decimal in the mapping.',
  ),
  not_an_integer: of(
    '不是整数',
    'Not a whole number',
    '请检查小数或文字混入。',
    'Look for decimals or words among the digits.',
  ),
  not_a_date: of(
    '日期无法识别',
    'Not a date',
    '请写明该列的“格式”（映射文件中的 format），例如 %d/%m/%Y。',
    'Say the format of the column (format in a mapping file), for instance %d/%m/%Y.',
  ),
  not_a_time: of(
    '时间无法识别',
    'Not a time',
    '请写明该列的“格式”（映射文件中的 format），例如 %Y%m%d %H:%M:%S。',
    'Say the format of the column (format in a mapping file), for instance %Y%m%d %H:%M:%S.',
  ),
  not_yes_or_no: of(
    '不是“是/否”',
    'Neither yes nor no',
    '请在映射的 values 中翻译取值。',
    'Translate the values in the mapping.',
  ),
  not_in_list: of(
    '取值不在允许范围内',
    'Not one of the values allowed',
    '请在“取值对照”中把它对应到系统代码（映射文件中的 values）。',
    'Say which of the codes allowed it means (values in a mapping file).',
  ),
  unit_unknown: of(
    '机构不存在',
    'Unknown unit',
    '请先导入机构，或在映射中翻译机构号。',
    'Import the units first, or translate the codes in the mapping.',
  ),
  touchpoint_unknown: of(
    '触点不存在',
    'Unknown touchpoint',
    '请先在体验模型中建立触点，或在映射中翻译。',
    'Add the touchpoint to the experience model, or translate it in the mapping.',
  ),
  time_out_of_range: of(
    '时间早于 1970 年或晚于后天',
    'The time is before 1970 or after tomorrow',
    '请检查日期格式与时区。',
    'Check the format and the time zone.',
  ),
  date_out_of_range: of(
    '年份不合理（1900 年以前，或尚未到来）',
    'The year is before 1900 or yet to come',
    '请写明该列的“格式”（映射文件中的 format），或用 values 把占位日期对应为空。',
    'Say the format of the column (format in a mapping file), or turn placeholders into nothing with values.',
  ),
  ends_before_it_starts: of(
    '结束早于开始',
    'It ends before it starts',
    '请检查两列是否映射颠倒。',
    'Check that the two columns are not swapped.',
  ),
  negative: of(
    '时长为负',
    'A negative duration',
    '请检查时间顺序或用 skip 排除。',
    'Check the order of the times, or leave such rows out with skip.',
  ),
  outside_scale: of(
    '评分超出量尺',
    'Outside the scale',
    '请检查量尺：items 中的 scale，或 scale_min、scale_max 两列。',
    'Check the scale: scale in items, or the columns scale_min and scale_max.',
  ),
  field_count_wrong: of(
    '字段个数与表头不符',
    'Wrong number of fields',
    '请检查分隔符与引号。',
    'Check the delimiter and the quotes.',
  ),
  quote_misplaced: of(
    '引号位置不正确',
    'A quote in the wrong place',
    '请检查导出时的引号转义。',
    'Check how quotes were escaped on export.',
  ),
  quote_unterminated: of(
    '引号没有结束',
    'A quote never ends',
    '请检查导出时的引号转义。',
    'Check how quotes were escaped on export.',
  ),
  encoding_invalid: of(
    '字符编码有误',
    'Bytes that are no text in this encoding',
    '请改选编码（UTF-8 或 GB18030）。',
    'Choose the other encoding (UTF-8 or GB18030).',
  ),
  control_character: of(
    '含有控制字符',
    'A control character',
    '请清理该行后重新导出。',
    'Clean the row and export again.',
  ),
  row_too_long: of('单行过长', 'The row is too long', '请检查换行符与引号。', 'Check line ends and quotes.'),
  json_malformed: of('不是有效的 JSON', 'Not JSON', '请检查该行。', 'Check the line.'),
  json_not_object: of(
    '该行不是 JSON 对象',
    'The line is no JSON object',
    '每行应为一个对象。',
    'Each line is one object.',
  ),
  case_without_process: of(
    '有案件编号而未说明属于哪个流程',
    'A case, but not whose process it is',
    '请映射“流程”列，或在映射中写明 process。',
    'Map the process, or name it in the mapping (process).',
  ),
  parent_unknown: of(
    '上级机构不存在',
    'Unknown parent unit',
    '请补上上级机构的行，或更正上级机构号。',
    'Add the row of the parent, or mend its code.',
  ),
  timestamp_invalid: of('时间无法识别', 'Not a time', '请检查事件的时间戳。', 'Check the time stamp of the event.'),
}

export const faultText = (reason: string): FaultText =>
  (faultTexts as Record<string, FaultText>)[reason] ?? of(reason, reason, '请检查该行。', 'Check the row.')
