import type { CataloguedError } from './catalogued.ts'

/** Why a file cannot be kept or read. */
export const filesErrors = {
  storage_full: {
    status: 507,
    title: { zh: '存储空间不足', en: 'There is no room left to keep the file' },
    remedy: { zh: '请系统管理员扩充存储空间后重试。', en: 'Have the storage enlarged, then try again.' },
  },
  storage_unavailable: {
    status: 503,
    title: { zh: '文件存储暂不可用', en: 'The storage of files cannot be used' },
    remedy: {
      zh: '请稍后重试；如持续出现，请系统管理员检查文件存储的连接与权限。',
      en: 'Try again later; if it stays so, have its connection and its rights checked.',
    },
  },
  upload_lost: {
    status: 410,
    title: { zh: '已上传的文件不存在或已损坏', en: 'The file that was sent is gone or damaged' },
    remedy: { zh: '请重新上传该文件。', en: 'Send the file again.' },
  },
  file_empty: {
    status: 422,
    title: { zh: '文件是空的', en: 'The file is empty' },
    remedy: { zh: '请检查导出是否完成。', en: 'Check that the export finished.' },
  },
  file_format_unknown: {
    status: 415,
    title: { zh: '无法识别文件格式', en: 'The file format is not recognised' },
    remedy: {
      zh: '支持 CSV/TSV、JSON Lines、Parquet、XLSX、XES，可用 gzip 压缩。',
      en: 'CSV/TSV, JSON Lines, Parquet, XLSX and XES are read, gzipped or not.',
    },
  },
  file_unreadable: {
    status: 422,
    title: { zh: '文件无法读取', en: 'The file cannot be read' },
    remedy: {
      zh: '请按 detail 中的位置检查文件，或重新导出。',
      en: 'Check the file at the place named in `detail`, or export it again.',
    },
  },
  gzip_truncated: {
    status: 422,
    title: { zh: '压缩文件不完整', en: 'The gzip file is cut short' },
    remedy: { zh: '请重新传输或重新压缩该文件。', en: 'Transfer it again or compress it anew.' },
  },
  gzip_corrupt: {
    status: 422,
    title: { zh: '压缩文件已损坏', en: 'The gzip file is damaged' },
    remedy: { zh: '请重新传输或重新压缩该文件。', en: 'Transfer it again or compress it anew.' },
  },
  encoding_unsupported: {
    status: 422,
    title: { zh: '不支持的字符编码', en: 'The character encoding is not known' },
    remedy: { zh: '请另存为 UTF-8 或 GB18030。', en: 'Save the file as UTF-8 or GB18030.' },
  },
  encoding_invalid: {
    status: 422,
    title: { zh: '文件内容与所用字符编码不符', en: 'The file holds bytes that its encoding does not allow' },
    remedy: { zh: '请核对字符编码后重新导出。', en: 'Check the encoding and export the file again.' },
  },
  columns_too_many: {
    status: 422,
    title: { zh: '列数过多（上限 2000 列）', en: 'There are more than 2,000 columns' },
    remedy: { zh: '请只导出需要的列。', en: 'Export only the columns you need.' },
  },
  read_cancelled: {
    status: 409,
    title: { zh: '读取已取消', en: 'Reading was cancelled' },
    remedy: { zh: '没有数据入库；可重新导入。', en: 'Nothing was loaded; import it again when you like.' },
  },
  xml_malformed: {
    status: 422,
    title: { zh: 'XML 格式有误', en: 'The XML is malformed' },
    remedy: {
      zh: '请按 detail 中的行列位置检查文件，或重新导出。',
      en: 'Check the file at the line and column in `detail`, or export it again.',
    },
  },
  xml_not_xes: {
    status: 415,
    title: { zh: '该 XML 不是 XES 事件日志', en: 'This XML is not an XES event log' },
    remedy: { zh: '请导出为 XES（根元素为 log）。', en: 'Export it as XES, whose root element is log.' },
  },
  xes_entity_refused: {
    status: 422,
    title: {
      zh: '文件含有 DOCTYPE 或自定义实体，已拒绝读取',
      en: 'The file declares a DOCTYPE or entities and is refused',
    },
    remedy: {
      zh: '出于安全考虑不展开任何实体；请去除后重新导出。',
      en: 'Entities are never expanded, for safety; export the file without them.',
    },
  },
  json_not_lines: {
    status: 415,
    title: { zh: '不是每行一个对象的 JSON Lines', en: 'This JSON is not one object a line' },
    remedy: { zh: '请导出为 JSON Lines（每行一个 JSON 对象）。', en: 'Export it as JSON Lines, one object a line.' },
  },
  parquet_malformed: {
    status: 422,
    title: { zh: 'Parquet 文件已损坏', en: 'The Parquet file is damaged' },
    remedy: { zh: '请重新传输或重新导出。', en: 'Transfer it again or export it anew.' },
  },
  xls_unsupported: {
    status: 415,
    title: { zh: '不支持旧版 .xls 或加密的 Excel 文件', en: 'An old .xls workbook or a protected one is not read' },
    remedy: { zh: '请去除密码并另存为 .xlsx 或 CSV。', en: 'Remove the password and save it as .xlsx or CSV.' },
  },
  xlsx_malformed: {
    status: 422,
    title: { zh: 'Excel 文件已损坏', en: 'The Excel workbook is damaged' },
    remedy: { zh: '请用 Excel 打开后另存，再重新导入。', en: 'Open it in Excel, save it again and import that.' },
  },
  xlsx_too_large: {
    status: 413,
    title: { zh: 'Excel 文件中的文本过多', en: 'The Excel workbook holds too much text' },
    remedy: { zh: '请导出为 CSV 后导入。', en: 'Export it as CSV and import that.' },
  },
  sheet_not_found: {
    status: 422,
    title: { zh: '没有这个工作表', en: 'There is no such sheet' },
    remedy: { zh: '请从 sheets 列出的工作表中选择。', en: 'Choose one of those listed in `sheets`.' },
  },
  zip_malformed: {
    status: 422,
    title: { zh: 'ZIP 结构已损坏或不完整', en: 'The ZIP archive is damaged or cut short' },
    remedy: { zh: '请重新传输或重新导出。', en: 'Transfer it again or export it anew.' },
  },
  zip_bomb_refused: {
    status: 422,
    title: {
      zh: '压缩内容异常膨胀，已拒绝读取',
      en: 'The archive unpacks to far more than honest data and is refused',
    },
    remedy: { zh: '请确认文件来源；正常数据请导出为 CSV。', en: 'Check where it came from; export real data as CSV.' },
  },
} as const satisfies Record<string, CataloguedError>
