/**
 * Keeping the system.
 * GET  /api/v1/audit                  who did what, newest first
 * GET  /api/v1/audit/verification     walks the whole audit chain
 * GET  /api/v1/backups                the backups of this home, newest first
 * POST /api/v1/backups                makes one, of both stores as of one moment
 * GET  /api/v1/live                   the process answers
 * GET  /api/v1/freshness              how new the figures are, and what has not reached them yet
 * GET  /api/v1/ready                  this server can work now: what a proxy asks
 * POST /api/v1/exports                records that a reader saves a table he sees: before it is handed over
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'

const code = z
  .string()
  .max(100)
  .regex(/^[\w.:-]+$/)

export const live = route({
  id: 'system.live',
  method: 'GET',
  path: '/api/v1/live',
  summary: { zh: '进程存活', en: 'The process answers' },
  answer: z.object({ live: z.literal(true) }),
})

export const ready = route({
  id: 'system.ready',
  method: 'GET',
  path: '/api/v1/ready',
  summary: { zh: '本服务可以受理请求', en: 'This server can take requests now' },
  answer: z.object({
    ready: z.literal(true),
    /** Figures need it; findings, actions, the model and the people do not. */
    warehouse: z.enum(['here', 'away']),
  }),
  errors: ['not_ready'],
})

export const freshness = route({
  id: 'system.freshness',
  method: 'GET',
  path: '/api/v1/freshness',
  summary: { zh: '数据的新鲜程度', en: 'How new the figures are' },
  permission: 'units.read',
  answer: z.object({
    /** When facts last changed; null where there are none. */
    changedAt: z.string().nullable(),
    /** Since when the oldest of what was taken in has waited to be counted; null where nothing waits. */
    waitingSince: z.string().nullable(),
    warehouse: z.enum(['here', 'away']),
  }),
})

export const listAudit = route({
  id: 'system.listAudit',
  method: 'GET',
  path: '/api/v1/audit',
  summary: { zh: '审计记录（新的在前）', en: 'The audit: who did what, newest first' },
  permission: 'audit.read',
  query: z.object({
    cursor: code.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    action: code.optional(),
    actor: code.optional(),
    objectKind: code.optional(),
    objectId: z.string().min(1).max(200).optional(),
    from: z.iso.datetime().optional(),
    to: z.iso.datetime().optional(),
  }),
  answer: z.object({
    records: z.array(
      z.object({
        id: z.string(),
        at: z.string(),
        actor: z.string(),
        actorKind: z.enum(['user', 'token', 'job', 'operator', 'system']),
        /** A user's login, a token's name. */
        actorName: z.string().nullable(),
        action: z.string(),
        objectKind: z.string(),
        objectId: z.string().nullable(),
        detail: z.record(z.string(), z.unknown()),
        correlation: z.string().nullable(),
        /** Its place in the chain; null until it is sealed, within a second. */
        position: z.int().nullable(),
      }),
    ),
    nextCursor: z.string().nullable(),
  }),
  errors: ['not_allowed'],
})

export const verifyAudit = route({
  id: 'system.verifyAudit',
  method: 'GET',
  path: '/api/v1/audit/verification',
  summary: { zh: '校验审计链是否完整', en: 'Verify that the audit chain is whole' },
  permission: 'audit.read',
  answer: z.object({
    intact: z.boolean(),
    verified: z.int(),
    head: z.object({ position: z.int(), hash: z.string() }),
    /** The head noted outside the database, signed with the home's key. */
    anchor: z.enum(['matches', 'none', 'forged']),
    broken: z.object({ position: z.int(), what: z.string(), recordId: z.string().optional() }).optional(),
    /** Written but not chained yet: the tail of the last second. */
    unsealed: z.object({ count: z.int(), oldestAt: z.string().nullable() }),
  }),
})

const backup = z.object({
  name: z.string(),
  madeAt: z.string(),
  reason: z.enum(['manual', 'scheduled', 'before_migration']),
  bytes: z.int(),
})

export const listBackups = route({
  id: 'system.listBackups',
  method: 'GET',
  path: '/api/v1/backups',
  summary: { zh: '备份清单', en: 'The backups of this home, newest first' },
  permission: 'system.operate',
  answer: z.object({ backups: z.array(backup) }),
})

export const makeBackup = route({
  id: 'system.makeBackup',
  method: 'POST',
  path: '/api/v1/backups',
  summary: {
    zh: '立即备份（两库同一时点，不含密钥）',
    en: 'Back up now: both stores as of one moment, without the key',
  },
  permission: 'system.operate',
  // Always into the home's own folder: a path from outside would let an administrator write anywhere on the machine.
  body: z.strictObject({}),
  answer: backup.extend({ folder: z.string() }),
  errors: ['backup_running', 'not_allowed'],
})

export const recordExport = route({
  id: 'system.recordExport',
  method: 'POST',
  path: '/api/v1/exports',
  summary: { zh: '登记一次表格导出（先登记，后保存）', en: 'Record that a table is exported, before it is saved' },
  permission: 'self.read',
  body: z.strictObject({
    table: z.string().trim().min(1).max(200),
    rows: z.int().min(0),
    format: z.enum(['csv', 'xlsx']),
    /** The page it is exported from, with its filters. */
    address: z.string().max(500).regex(/^\//),
  }),
  answer: z.object({ recorded: z.literal(true) }),
})
