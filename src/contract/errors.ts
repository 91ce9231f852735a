import type { Text } from '#lib/text.ts'

export interface CataloguedError {
  status: number
  title: Text
  /** What the caller can do now. */
  remedy: Text
}

/** Every error a caller can meet. docs/errors.md is generated from this table; codes are never reused. */
export const errorCatalogue = {
  bad_request: {
    status: 400,
    title: { zh: '请求格式不正确', en: 'The request is malformed' },
    remedy: { zh: '请对照接口文档检查请求内容。', en: 'Check the request against the API documentation.' },
  },
  validation_failed: {
    status: 422,
    title: { zh: '填写的内容不符合要求', en: 'Some fields are not valid' },
    remedy: { zh: '请按 fields 中列出的字段逐项更正。', en: 'Mend the fields listed in `fields`.' },
  },
  not_signed_in: {
    status: 401,
    title: { zh: '尚未登录或登录已失效', en: 'Not signed in, or the session has ended' },
    remedy: { zh: '请重新登录。', en: 'Sign in again.' },
  },
  sign_in_failed: {
    status: 401,
    title: { zh: '用户名或密码不正确', en: 'Login or password is wrong' },
    remedy: {
      zh: '请核对后重试；连续失败将暂时锁定账户。',
      en: 'Check both and try again; repeated failures lock the account for a while.',
    },
  },
  account_locked: {
    status: 423,
    title: { zh: '账户已暂时锁定', en: 'The account is locked for a while' },
    remedy: { zh: '请稍后再试，或联系系统管理员。', en: 'Try again later or ask an administrator.' },
  },
  not_allowed: {
    status: 403,
    title: { zh: '没有此项权限', en: 'Your role does not allow this' },
    remedy: { zh: '如确有需要，请联系系统管理员授权。', en: 'Ask an administrator for the permission if you need it.' },
  },
  not_found: {
    status: 404,
    title: { zh: '未找到，或不在您的查看范围内', en: 'Not found, or outside your scope' },
    remedy: { zh: '请检查链接或编号。', en: 'Check the address or the number.' },
  },
  route_unknown: {
    status: 404,
    title: { zh: '没有这个接口', en: 'There is no such route' },
    remedy: { zh: '接口清单见 /api/openapi.json。', en: 'The routes are listed in /api/openapi.json.' },
  },
  method_not_allowed: {
    status: 405,
    title: { zh: '该地址不支持这种请求方法', en: 'This address does not take that method' },
    remedy: { zh: '请使用接口文档中的方法。', en: 'Use the method that the documentation names.' },
  },
  body_too_large: {
    status: 413,
    title: { zh: '提交内容过大', en: 'The body is too large' },
    remedy: { zh: '请拆分后分批提交。', en: 'Send it in smaller parts.' },
  },
  media_type_unsupported: {
    status: 415,
    title: { zh: '不支持的内容类型', en: 'The content type is not supported' },
    remedy: { zh: '请使用接口文档中的内容类型。', en: 'Use a content type that the documentation names.' },
  },
  changed_meanwhile: {
    status: 409,
    title: { zh: '该记录已被他人更新', en: 'Somebody changed this meanwhile' },
    remedy: { zh: '请刷新后再试。', en: 'Reload and try again.' },
  },
  too_many_requests: {
    status: 429,
    title: { zh: '请求过于频繁', en: 'Too many requests' },
    remedy: { zh: '请稍候再试。', en: 'Wait a little and try again.' },
  },
  internal: {
    status: 500,
    title: { zh: '系统内部故障', en: 'A fault inside the system' },
    remedy: {
      zh: '数据未受影响。请把错误编号告知系统管理员。',
      en: 'Nothing was changed. Give the reference to an administrator.',
    },
  },
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
  mapping_invalid: {
    status: 422,
    title: { zh: '映射不正确', en: 'The mapping is not valid' },
    remedy: { zh: '请按 issues 逐项更正映射。', en: 'Mend the mapping where `issues` says.' },
  },
  mapping_column_unknown: {
    status: 422,
    title: { zh: '映射引用了文件中没有的列', en: 'The mapping names columns that the file does not have' },
    remedy: { zh: '请对照 columns 中列出的列名更正。', en: 'Use the names listed in `columns`.' },
  },
  mapping_ambiguous: {
    status: 422,
    title: { zh: '有些内容须由人确认', en: 'Some of this only a person can decide' },
    remedy: {
      zh: '请在导入页面确认，或用 --as、--process、--map 说明。',
      en: 'Confirm it on the import page, or say it with --as, --process or --map.',
    },
  },
  load_rows_rejected: {
    status: 422,
    title: { zh: '存在错误行，严格模式下未导入任何数据', en: 'Some rows are bad; in strict mode nothing was loaded' },
    remedy: { zh: '请查看错误行报告，更正后重试。', en: 'See the row report, mend the rows and try again.' },
  },
  load_not_running: {
    status: 409,
    title: { zh: '该导入已结束', en: 'This load has already ended' },
    remedy: { zh: '如需撤回数据，请使用“撤销”。', en: 'To take its data back, undo it.' },
  },
  load_not_done: {
    status: 409,
    title: { zh: '该导入尚未完成或已撤销', en: 'This load is not done, or was undone before' },
    remedy: { zh: '请刷新后查看状态。', en: 'Reload to see its state.' },
  },
  load_cancelled: {
    status: 409,
    title: { zh: '导入已取消', en: 'The load was cancelled' },
    remedy: { zh: '没有数据入库；可重新导入。', en: 'Nothing was loaded; import it again when you like.' },
  },
  load_interrupted: {
    status: 409,
    title: { zh: '导入因服务中断而终止', en: 'The load ended when the server stopped' },
    remedy: { zh: '没有数据入库；请重新导入。', en: 'Nothing was loaded; import the file again.' },
  },
  idempotency_key_missing: {
    status: 400,
    title: { zh: '缺少 Idempotency-Key', en: 'The Idempotency-Key header is missing' },
    remedy: {
      zh: '请为每个批次附上唯一的 Idempotency-Key（1–200 个字符）。',
      en: 'Give each batch its own Idempotency-Key of 1–200 characters.',
    },
  },
  idempotency_key_reused: {
    status: 409,
    title: { zh: '同一 Idempotency-Key 已用于不同内容', en: 'This Idempotency-Key was used for another body' },
    remedy: {
      zh: '重发时请保持内容一致；新批次请换用新的键。',
      en: 'Repeat a batch unchanged, or give a new batch a new key.',
    },
  },
  intake_line_invalid: {
    status: 422,
    title: { zh: '批次中有不合要求的行，整批未接收', en: 'A line of the batch is not valid; none of it was taken' },
    remedy: { zh: '请按 lines 更正后重发。', en: 'Mend the lines that `lines` names and send the batch again.' },
  },
  intake_empty: {
    status: 422,
    title: { zh: '批次为空', en: 'The batch is empty' },
    remedy: { zh: '请至少包含一行。', en: 'Send at least one line.' },
  },
  units_not_a_tree: {
    status: 422,
    title: { zh: '机构文件构不成一棵树', en: 'The units do not form one tree' },
    remedy: {
      zh: '请检查上级机构号：不得成环、不得缺失，且只有一个总行。',
      en: 'Check the parents: none missing, no circle, one head office.',
    },
  },
  load_in_use: {
    status: 409,
    title: { zh: '该导入的机构已被使用，不能撤销', en: 'Units of this load are in use and cannot be undone' },
    remedy: {
      zh: '请先撤销依赖它们的导入（事实、客户、员工、下级机构），或收回相关授权、目标与行动。',
      en: 'Undo the loads that stand on them first (facts, customers, staff, units below), or take back grants, targets and actions.',
    },
  },
  home_locked: {
    status: 409,
    title: { zh: '该数据目录正被另一个进程使用', en: 'Another process has this home open' },
    remedy: { zh: '请先停止该进程，或通过其服务访问。', en: 'Stop that process, or work through its server.' },
  },
  home_locked_elsewhere: {
    status: 409,
    title: {
      zh: '该数据目录由另一台机器或另一个容器中的进程占用',
      en: 'A process on another machine or in another container has this home open',
    },
    remedy: {
      zh: '请到 host 所示的机器上停止该进程；若那里已没有知音进程（例如容器已重建），可删除 file 所示的锁文件后重新启动。',
      en: 'Stop that process on the machine named in `host`. If no Zhiyin runs there any more (a container that was recreated), remove the lock named in `file` and start again.',
    },
  },
  command_not_understood: {
    status: 400,
    title: { zh: '命令不正确', en: 'The command is not understood' },
    remedy: { zh: '用法见 zhiyin COMMAND --help。', en: 'zhiyin COMMAND --help explains it.' },
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
  cross_site: {
    status: 403,
    title: { zh: '拒绝来自其他网站的请求', en: 'A request from another site is refused' },
    remedy: {
      zh: '请在知音的页面中操作，或使用服务令牌。',
      en: 'Work from Zhiyin’s own pages, or use a service token.',
    },
  },
  headers_too_large: {
    status: 431,
    title: { zh: '请求头过大', en: 'The headers are too large' },
    remedy: { zh: '请减少请求头后重试。', en: 'Send fewer or shorter headers.' },
  },
  request_timeout: {
    status: 408,
    title: { zh: '请求未能及时发送完毕', en: 'The request did not arrive in time' },
    remedy: { zh: '请检查网络后重试。', en: 'Check the connection and try again.' },
  },
  home_missing: {
    status: 404,
    title: { zh: '该目录下没有知音的数据', en: 'There is no Zhiyin home in this folder' },
    remedy: {
      zh: '用 zhiyin serve --home DIR 新建，或检查路径。',
      en: 'Make one with `zhiyin serve --home DIR`, or check the path.',
    },
  },
  home_of_another_kind: {
    status: 409,
    title: { zh: '该数据目录的类型（演示或正式）不符', en: 'The home is of the other kind (demo or real)' },
    remedy: {
      zh: '演示与正式自建立起即已区分，请另选目录。',
      en: 'A home is demo or real from birth: choose another folder.',
    },
  },
  address_in_use: {
    status: 409,
    title: { zh: '无法监听该地址或端口', en: 'The address or port cannot be listened on' },
    remedy: {
      zh: '请用 --port 换一个端口，或停止占用它的程序。',
      en: 'Choose another with --port, or stop what uses it.',
    },
  },
  folder_occupied: {
    status: 409,
    title: {
      zh: '该目录中已有同名文件，不是知音的数据',
      en: 'The folder holds files of these names that are not Zhiyin’s',
    },
    remedy: { zh: '请另选目录，或先移走所列文件。', en: 'Choose another folder, or move the file that is named away.' },
  },
  home_exists: {
    status: 409,
    title: { zh: '该目录中已有知音的数据', en: 'There is a Zhiyin home in this folder already' },
    remedy: {
      zh: '请另选目录；已有的演示银行可用 zhiyin demo --serve 打开。',
      en: 'Choose another folder; a demo that is there is served with `zhiyin demo --serve`.',
    },
  },
  server_unreachable: {
    status: 503,
    title: { zh: '无法连接到知音服务', en: 'The Zhiyin server cannot be reached' },
    remedy: {
      zh: '请先运行 zhiyin serve，或用 --home DIR 离线操作。',
      en: 'Start it with `zhiyin serve`, or work offline with `--home DIR`.',
    },
  },
  key_wrong: {
    status: 409,
    title: { zh: '密钥文件与数据不匹配', en: 'The key file does not belong to this data' },
    remedy: {
      zh: '请放回该数据建立时的密钥文件（keys/field.key）；没有它，加密字段无法读取。',
      en: 'Put back the key file the data was written with (keys/field.key); without it encrypted fields cannot be read.',
    },
  },
  store_of_another_home: {
    status: 409,
    title: { zh: '该数据库属于另一个数据目录', en: 'The database belongs to another home' },
    remedy: {
      zh: '请检查 DATABASE_URL，或为本目录另建数据库。',
      en: 'Check DATABASE_URL, or give this home a database of its own.',
    },
  },
  store_newer: {
    status: 409,
    title: { zh: '数据由更新版本的程序写入', en: 'The data was written by a newer version' },
    remedy: { zh: '请升级程序后再打开。', en: 'Upgrade the program, then open it again.' },
  },
  store_missing: {
    status: 409,
    title: { zh: '找不到该数据目录的业务数据库', en: 'The operational store of this home is not there' },
    remedy: {
      zh: '请检查 DATABASE_URL 是否遗漏；如数据已丢失，请从备份恢复到空目录。',
      en: 'Check that DATABASE_URL was not forgotten; if the data is lost, restore a backup into an empty home.',
    },
  },
  finding_state: {
    status: 409,
    title: { zh: '该问题当前状态不允许此操作', en: 'The finding is in a state that does not allow this' },
    remedy: {
      zh: '请刷新后查看其最新状态，或先撤销上一次处理。',
      en: 'Reload it, or take the newest decision back first.',
    },
  },
  note_needed: {
    status: 422,
    title: { zh: '请补充说明', en: 'A note is needed' },
    remedy: { zh: '选择“其他”时必须写明原因。', en: 'Say why in `note` when the reason is “other”.' },
  },
  merge_circular: {
    status: 409,
    title: {
      zh: '不能并入自身或已并入它的问题',
      en: 'A finding cannot be merged into itself or into one merged into it',
    },
    remedy: { zh: '请选择另一个问题作为归并目标。', en: 'Choose another finding to merge into.' },
  },
  nothing_to_undo: {
    status: 409,
    title: { zh: '没有可撤销的操作', en: 'There is nothing to take back' },
    remedy: {
      zh: '只能撤销最近一次处理；预登记锁定不可撤销。',
      en: 'Only the newest step can be taken back, and never a lock.',
    },
  },
  owner_unknown: {
    status: 422,
    title: { zh: '没有这个负责人', en: 'There is no such owner' },
    remedy: { zh: '可选负责人见 GET /api/v1/owners。', en: 'GET /api/v1/owners lists who can be chosen.' },
  },
  users_only: {
    status: 409,
    title: { zh: '仅限登录用户', en: 'Only a signed-in user can do this' },
    remedy: {
      zh: '请以个人账户登录后操作。',
      en: 'Sign in as a person; a token or the operator has no list of its own.',
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
  owner_needed: {
    status: 422,
    title: { zh: '尚未指定负责人', en: 'The action has no owner' },
    remedy: {
      zh: '锁定预登记之前先指定负责人；锁定之后可以换人，不能空缺。',
      en: 'Name an owner before the lock; afterwards the owner may change but not be missing.',
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
  link_invalid: {
    status: 410,
    title: { zh: '链接无效、已使用或已过期', en: 'The link is not valid, was used or has expired' },
    remedy: { zh: '请向系统管理员索取新的链接。', en: 'Ask an administrator for a new link.' },
  },
  password_weak: {
    status: 422,
    title: { zh: '密码强度不足', en: 'The password is too weak' },
    remedy: {
      zh: '至少 10 个字符，不含用户名，且不是常见密码。',
      en: 'At least 10 characters, without the login, and not a common password.',
    },
  },
  login_taken: {
    status: 409,
    title: { zh: '用户名已被使用', en: 'The login is taken' },
    remedy: { zh: '请换一个用户名。', en: 'Choose another login.' },
  },
  already_granted: {
    status: 409,
    title: { zh: '该用户在此机构已有此角色', en: 'The user already holds this role in this unit' },
    remedy: { zh: '无需重复授权。', en: 'Nothing needs to be granted.' },
  },
  second_person_needed: {
    status: 403,
    title: { zh: '须由另一人批准', en: 'Another person has to approve this' },
    remedy: {
      zh: '授权人、被授权人及密码由授权人一方设定的账户均不能批准：请由另一位系统管理员办理；密码由他人初次设定的，请先自行修改密码。',
      en: 'Neither who gave it nor who receives it may approve, nor an account whose password one of them may know: ask another administrator. Whoever was given a first password changes it first.',
    },
  },
  last_administrator: {
    status: 409,
    title: { zh: '不能停用或收回最后一位系统管理员', en: 'The last administrator cannot be removed' },
    remedy: { zh: '请先授权另一位系统管理员。', en: 'Appoint another administrator first.' },
  },
  backup_damaged: {
    status: 422,
    title: { zh: '备份已损坏或不完整', en: 'The backup is damaged or incomplete' },
    remedy: { zh: '未恢复任何数据。请换用另一份备份。', en: 'Nothing was restored. Use another backup.' },
  },
  backup_newer: {
    status: 409,
    title: { zh: '备份由更新版本的程序生成', en: 'The backup was made by a newer version' },
    remedy: { zh: '请升级程序后再恢复。', en: 'Upgrade the program, then restore it.' },
  },
  backup_running: {
    status: 409,
    title: { zh: '正在备份', en: 'A backup is running' },
    remedy: { zh: '请等待其完成。', en: 'Wait until it is done.' },
  },
  home_not_empty: {
    status: 409,
    title: { zh: '该目录或数据库已有数据', en: 'The home or its database already holds data' },
    remedy: { zh: '请恢复到新的空目录（及空数据库）。', en: 'Restore into a new, empty home (and an empty database).' },
  },
} as const satisfies Record<string, CataloguedError>

export type ErrorCode = keyof typeof errorCatalogue
