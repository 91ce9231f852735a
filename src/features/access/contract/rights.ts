import { z } from 'zod'
import { roles } from '#access/policy.ts'
import { route } from '#contract/route.ts'
import { byId, id } from '#contract/shapes.ts'
import { done, instant, right } from './shapes.ts'

export const giveGrant = route({
  id: 'access.giveGrant',
  method: 'POST',
  path: '/api/v1/grants',
  summary: {
    zh: '授予角色（须由另一人批准后生效）',
    en: 'Give a role in a unit; it counts once a second person approves',
  },
  permission: 'access.write',
  body: z.strictObject({ userId: id, role: z.enum(roles), unitId: id }),
  answer: z.object({ id: z.string(), awaitsApproval: z.boolean() }),
  errors: ['not_found', 'users_only', 'already_granted'],
})

export const approveGrant = route({
  id: 'access.approveGrant',
  method: 'POST',
  path: '/api/v1/grants/:id/approve',
  summary: { zh: '批准授权', en: 'Approve a grant that another person gave' },
  permission: 'access.write',
  params: byId,
  answer: done,
  errors: ['not_found', 'users_only', 'second_person_needed'],
})

export const revokeGrant = route({
  id: 'access.revokeGrant',
  method: 'POST',
  path: '/api/v1/grants/:id/revoke',
  summary: { zh: '收回授权（立即生效）', en: 'Take a grant back, at once' },
  permission: 'access.write',
  params: byId,
  answer: done,
  errors: ['not_found', 'users_only', 'last_administrator'],
})

export const listTokens = route({
  id: 'access.listTokens',
  method: 'GET',
  path: '/api/v1/service-tokens',
  summary: { zh: '服务令牌', en: 'Service tokens' },
  permission: 'access.read',
  answer: z.object({
    tokens: z.array(
      z.object({
        ...right,
        name: z.string(),
        createdBy: z.string(),
        createdAt: instant,
        expiresAt: instant,
        revokedAt: instant.nullable(),
      }),
    ),
  }),
})

export const createToken = route({
  id: 'access.createToken',
  method: 'POST',
  path: '/api/v1/service-tokens',
  summary: {
    zh: '新建服务令牌（须由另一人批准后生效）',
    en: 'Create a service token; it works once a second person approves',
  },
  permission: 'access.write',
  body: z.strictObject({
    name: z.string().trim().min(1).max(80),
    // A program never administers.
    role: z.enum(roles).exclude(['ADM']),
    unitId: id,
    days: z.int().min(1).max(366).default(90),
  }),
  answer: z.object({
    id: z.string(),
    /** Shown once: the store keeps its hash only. */
    token: z.string(),
    expiresAt: instant,
    awaitsApproval: z.boolean(),
  }),
  errors: ['not_found', 'users_only'],
})

export const approveToken = route({
  id: 'access.approveToken',
  method: 'POST',
  path: '/api/v1/service-tokens/:id/approve',
  summary: { zh: '批准服务令牌', en: 'Approve a service token that another person created' },
  permission: 'access.write',
  params: byId,
  answer: done,
  errors: ['not_found', 'users_only', 'second_person_needed'],
})

export const revokeToken = route({
  id: 'access.revokeToken',
  method: 'POST',
  path: '/api/v1/service-tokens/:id/revoke',
  summary: { zh: '吊销服务令牌', en: 'Revoke a service token' },
  permission: 'access.write',
  params: byId,
  answer: done,
  errors: ['not_found', 'users_only'],
})
