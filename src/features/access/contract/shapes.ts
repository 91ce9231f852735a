import { z } from 'zod'
import { roles } from '#access/policy.ts'

export const login = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@-]{1,63}$/)

export const name = z.string().trim().min(1).max(80)

export const password = z.string().min(1).max(256)

export const instant = z.iso.datetime()

export const done = z.object({ done: z.literal(true) })

export const session = z.object({
  id: z.string(),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
  current: z.boolean(),
})

export const right = {
  id: z.string(),
  role: z.enum(roles),
  unitId: z.string(),
  unitName: z.string(),
  awaitsApproval: z.boolean(),
  approvedBy: z.string().nullable(),
}

export const place = z.object({
  id: z.string(),
  name: z.string(),
  nameEn: z.string().nullable(),
  level: z.string(),
  kind: z.string(),
  /** Null at the top of what the reader sees. */
  parentId: z.string().nullable(),
})
