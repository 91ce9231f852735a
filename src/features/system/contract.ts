/**
 * Keeping the system.
 * GET  /api/v1/audit/verification     walks the whole audit chain
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'

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
