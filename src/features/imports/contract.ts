/**
 * Bringing a bank's files in, and taking interactions in as they happen.
 * POST /api/v1/uploads?fileName=…           the file as raw body -> what it seems to be
 * GET  /api/v1/uploads/:id                  the same again; with ?kind=, ?delimiter=, ?encoding=, ?sheet= read otherwise
 * DELETE /api/v1/uploads/:id                drops it unloaded
 * POST /api/v1/uploads/:id/check            what is wrong with it under this mapping; loads nothing
 * POST /api/v1/uploads/:id/load             loads it; answers at once with the load, whose progress is then read
 * GET  /api/v1/import-kinds                 what can be imported, with the fields of each kind
 * GET  /api/v1/loads                        every load, newest first
 * GET  /api/v1/loads/:id                    one load with its progress
 * GET  /api/v1/loads/:id/errors             rows that were not loaded: row, column, reason (…/errors.csv as a file)
 * POST /api/v1/loads/:id/cancel · /undo
 * POST /api/v1/interactions                 NDJSON batch with an Idempotency-Key
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'
import { personalReasons } from './parse/personal.ts'

export const kinds = [
  'interactions',
  'tickets',
  'responses',
  'complaints',
  'transactions',
  'events',
  'customers',
  'units',
  'staff',
] as const
const kind = z.enum(kinds)
const uploadId = z.string().regex(/^upl_[0-9a-z]+$/)
const loadId = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)

export const sampleColumn = z.object({
  name: z.string(),
  samples: z.array(z.string()),
  /** Share of rows among those looked at that have a value. */
  filled: z.number(),
  /** The field it seems to mean, 0…1 sure. */
  guess: z.object({ field: z.string(), confidence: z.number() }).nullable(),
})

export const upload = z.object({
  id: uploadId,
  fileName: z.string(),
  bytes: z.int(),
  format: z.string(),
  rowsSeen: z.int(),
  /** How the file is laid out, as it was found out or said: encoding, delimiter, header, sheet and sheetNames (joined by "/"). */
  found: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  columns: z.array(sampleColumn),
  /** Kinds it may be, the likeliest first. */
  kinds: z.array(z.object({ kind, confidence: z.number() })),
  /** A whole mapping, ready to be confirmed or changed. */
  mapping: z.record(z.string(), z.unknown()),
  /** What only a person can decide; empty where the guess is beyond doubt. */
  ambiguities: z.array(z.object({ code: z.string(), text: z.object({ zh: z.string(), en: z.string() }) })),
  /** Loads of the very same file, by its hash. */
  loadedBefore: z.array(z.int()),
})

export const sendFile = route({
  id: 'uploads.send',
  method: 'POST',
  path: '/api/v1/uploads',
  summary: { zh: '上传待导入文件', en: 'Send a file to import' },
  permission: 'import.write',
  query: z.object({ fileName: z.string().min(1).max(255), kind: kind.optional() }),
  rawBody: { contentTypes: ['application/octet-stream'], limitBytes: 20 * 2 ** 30 },
  answer: upload,
  errors: ['file_empty', 'file_format_unknown', 'file_unreadable', 'storage_full', 'storage_unavailable'],
})

export const readUpload = route({
  id: 'uploads.read',
  method: 'GET',
  path: '/api/v1/uploads/:id',
  summary: {
    zh: '识别结果（可指定类型、分隔符、编码、工作表后重读）',
    en: 'What the file seems to be, read as you say',
  },
  permission: 'import.write',
  params: z.object({ id: uploadId }),
  query: z.object({
    kind: kind.optional(),
    delimiter: z
      .string()
      .regex(/^[^\0\r\n"]{1,8}$/)
      .optional(),
    encoding: z.enum(['utf-8', 'gb18030']).optional(),
    sheet: z.string().max(100).optional(),
  }),
  answer: upload,
  errors: ['file_unreadable', 'upload_lost', 'storage_full', 'storage_unavailable'],
})

export const dropUpload = route({
  id: 'uploads.drop',
  method: 'DELETE',
  path: '/api/v1/uploads/:id',
  summary: { zh: '删除未导入的上传文件', en: 'Drop a file that is not to be loaded' },
  permission: 'import.write',
  params: z.object({ id: uploadId }),
  answer: z.object({ id: uploadId }),
})

export const importField = z.object({
  id: z.string(),
  type: z.enum(['text', 'bigint', 'double', 'timestamp', 'date', 'boolean']),
  required: z.boolean(),
  /** The only values allowed, where they are few. */
  oneOf: z.array(z.string()).nullable(),
  /** Encrypted, never in the warehouse. */
  personal: z.boolean(),
})

export const readKinds = route({
  id: 'imports.kinds',
  method: 'GET',
  path: '/api/v1/import-kinds',
  summary: { zh: '可导入的数据类型及其字段', en: 'What can be imported, with the fields of each kind' },
  permission: 'import.read',
  answer: z.object({
    kinds: z.array(
      z.object({ kind, name: z.object({ zh: z.string(), en: z.string() }), fields: z.array(importField) }),
    ),
  }),
})

const mappingBody = z.strictObject({ mapping: z.record(z.string(), z.unknown()) })

export const fault = z.object({
  /** As the file calls it. */
  column: z.string(),
  /** What the mapping makes of it; null where the row could not be read at all. */
  field: z.string().nullable(),
  reason: z.string(),
  text: z.object({ zh: z.string(), en: z.string() }),
  remedy: z.object({ zh: z.string(), en: z.string() }),
  rows: z.int(),
  examples: z.array(z.object({ row: z.int(), excerpt: z.string() })),
})

/** A column nobody mapped that is not kept as an attribute, for its name or its values say who somebody is. */
export const leftOut = z.object({ column: z.string(), reason: z.enum(personalReasons) })

export const checkUpload = route({
  id: 'uploads.check',
  method: 'POST',
  path: '/api/v1/uploads/:id/check',
  summary: {
    zh: '按映射试读，逐类列出问题，不入库',
    en: 'Read it through a mapping and say what is wrong; loads nothing',
  },
  permission: 'import.write',
  params: z.object({ id: uploadId }),
  body: mappingBody,
  answersOnly: true,
  answer: z.object({
    rows: z.int(),
    good: z.int(),
    rejected: z.int(),
    skipped: z.array(z.object({ because: z.string(), rows: z.int() })),
    faults: z.array(fault),
    leftOut: z.array(leftOut),
    preview: z.array(z.record(z.string(), z.unknown())),
  }),
  errors: [
    'mapping_invalid',
    'mapping_column_unknown',
    'file_unreadable',
    'upload_lost',
    'storage_full',
    'storage_unavailable',
  ],
})

export const load = z.object({
  id: z.int(),
  kind,
  process: z.string().nullable(),
  source: z.string(),
  fileName: z.string(),
  practice: z.boolean(),
  state: z.enum(['running', 'done', 'failed', 'undone']),
  rows: z.object({
    read: z.int(),
    new: z.int(),
    same: z.int(),
    corrected: z.int(),
    rejected: z.int(),
    skipped: z.int(),
  }),
  /** The login of who loaded it; "operator" for the command line. */
  createdBy: z.string(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
  undoneAt: z.string().nullable(),
  /** While it runs. */
  progress: z
    .object({
      phase: z.enum(['reading', 'mapping', 'loading', 'preparing']),
      bytesRead: z.int(),
      bytesTotal: z.int(),
      rows: z.int(),
      secondsLeft: z.number().nullable(),
    })
    .nullable(),
  /** Why it failed, as a catalogued code, and what exactly: line and column, names of columns or units. */
  failure: z.string().nullable(),
  failureDetail: z.record(z.string(), z.unknown()).nullable(),
  leftOut: z.array(leftOut),
})

export const startLoad = route({
  id: 'uploads.load',
  method: 'POST',
  path: '/api/v1/uploads/:id/load',
  summary: { zh: '按映射入库', en: 'Load it through a mapping' },
  permission: 'import.write',
  params: z.object({ id: uploadId }),
  body: mappingBody.extend({ strict: z.boolean().default(false) }),
  answer: load,
  errors: ['mapping_invalid', 'mapping_column_unknown', 'storage_unavailable'],
})

export const listLoads = route({
  id: 'loads.list',
  method: 'GET',
  path: '/api/v1/loads',
  summary: { zh: '导入记录', en: 'Every load, newest first' },
  permission: 'import.read',
  query: z.object({ before: loadId.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  answer: z.object({
    loads: z.array(load),
    next: z.int().nullable(),
    intake: z.object({
      /** Batches taken in that are not in the facts yet. */
      waiting: z.int(),
      /** Batches that could not be moved; they are tried again every hour and hold nothing up. */
      setAside: z.array(
        z.object({
          batch: z.int(),
          source: z.string(),
          rows: z.int(),
          receivedAt: z.string(),
          reason: z.string(),
        }),
      ),
    }),
  }),
})

export const readLoad = route({
  id: 'loads.read',
  method: 'GET',
  path: '/api/v1/loads/:id',
  summary: { zh: '单次导入及其进度', en: 'One load with its progress' },
  permission: 'import.read',
  params: z.object({ id: loadId }),
  answer: load,
})

export const readLoadErrors = route({
  id: 'loads.errors',
  method: 'GET',
  path: '/api/v1/loads/:id/errors',
  summary: { zh: '未入库的行：行号、列、原因', en: 'Rows that were not loaded: row, column, reason' },
  permission: 'import.write',
  params: z.object({ id: loadId }),
  query: z.object({
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(1000).default(200),
  }),
  answer: z.object({
    errors: z.array(
      z.object({
        row: z.int(),
        /** As the file calls it. */
        column: z.string(),
        reason: z.string(),
        text: z.object({ zh: z.string(), en: z.string() }),
        excerpt: z.string().nullable(),
      }),
    ),
    next: z.int().nullable(),
  }),
})

export const exportLoadErrors = route({
  id: 'loads.errorsCsv',
  method: 'GET',
  path: '/api/v1/loads/:id/errors.csv',
  summary: { zh: '下载错误行报告', en: 'The error report as a file' },
  permission: 'import.write',
  params: z.object({ id: loadId }),
  answer: z.unknown(),
  answerType: 'text/csv',
})

export const cancelLoad = route({
  id: 'loads.cancel',
  method: 'POST',
  path: '/api/v1/loads/:id/cancel',
  summary: { zh: '取消进行中的导入（不留半截数据）', en: 'Cancel a running load; nothing half stays' },
  permission: 'import.write',
  params: z.object({ id: loadId }),
  answer: load,
  errors: ['load_not_running'],
})

export const undoLoad = route({
  id: 'loads.undo',
  method: 'POST',
  path: '/api/v1/loads/:id/undo',
  summary: { zh: '撤销一次导入', en: 'Undo a load' },
  permission: 'import.write',
  params: z.object({ id: loadId }),
  answer: load,
  errors: ['load_not_done', 'load_in_use'],
})

export const takeInteractions = route({
  id: 'interactions.take',
  method: 'POST',
  path: '/api/v1/interactions',
  summary: {
    zh: '批量接收客户交互（NDJSON，须带 Idempotency-Key；落库后才应答）',
    en: 'Take a batch of interactions (NDJSON, with Idempotency-Key); answers once it is durable',
  },
  permission: 'intake.write',
  query: z.object({
    source: z
      .string()
      .min(1)
      .max(80)
      .regex(/^[\w.-]+$/),
  }),
  rawBody: { contentTypes: ['application/x-ndjson'], limitBytes: 16 * 2 ** 20 },
  answer: z.object({
    batch: z.int(),
    rows: z.int(),
    /** True when this key was taken before with the same body: nothing was added. */
    repeated: z.boolean(),
    /** What enters here is practice: a demo home. */
    practice: z.boolean(),
    /** Attributes that are not kept, for they say who somebody is. */
    leftOut: z.array(leftOut),
  }),
  errors: ['idempotency_key_missing', 'idempotency_key_reused', 'intake_line_invalid', 'intake_empty'],
})
