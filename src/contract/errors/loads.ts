import type { CataloguedError } from './catalogued.ts'

/** Mappings, loads and intake. */
export const loadsErrors = {
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
  load_in_use: {
    status: 409,
    title: { zh: '该导入的机构已被使用，不能撤销', en: 'Units of this load are in use and cannot be undone' },
    remedy: {
      zh: '请先撤销依赖它们的导入（事实、客户、员工、下级机构），或收回相关授权、目标与行动。',
      en: 'Undo the loads that stand on them first (facts, customers, staff, units below), or take back grants, targets and actions.',
    },
  },
  units_not_a_tree: {
    status: 422,
    title: { zh: '机构文件构不成一棵树', en: 'The units do not form one tree' },
    remedy: {
      zh: '请检查上级机构号：不得成环、不得缺失，且只有一个总行。',
      en: 'Check the parents: none missing, no circle, one head office.',
    },
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
} as const satisfies Record<string, CataloguedError>
