import { z } from 'zod'
import { route } from '#contract/route.ts'
import { byId } from '#contract/shapes.ts'
import { done, instant, login, name, right, session } from './shapes.ts'

const cursor = z.string().min(1).max(64).optional()

const user = z.object({
  id: z.string(),
  login: z.string(),
  name: z.string(),
  disabled: z.boolean(),
  hasPassword: z.boolean(),
  createdAt: instant,
  lastSignedInAt: instant.nullable(),
  grants: z.array(z.object({ ...right, grantedBy: z.string().nullable(), grantedAt: instant })),
})

export const listUsers = route({
  id: 'access.listUsers',
  method: 'GET',
  path: '/api/v1/users',
  summary: { zh: '用户及其角色', en: 'Users and their roles' },
  permission: 'access.read',
  query: z.object({ cursor, limit: z.coerce.number().int().min(1).max(200).default(50) }),
  answer: z.object({ users: z.array(user), nextCursor: z.string().nullable() }),
})

const link = z.object({
  /** Shown once: the store keeps its hash only. The page is /welcome#TOKEN. */
  token: z.string(),
  expiresAt: instant,
})

export const createUser = route({
  id: 'access.createUser',
  method: 'POST',
  path: '/api/v1/users',
  summary: {
    zh: '新建用户，返回其设置密码的一次性链接',
    en: 'Create a user; answers the one-time link for the password',
  },
  permission: 'access.write',
  body: z.strictObject({ login, name, language: z.enum(['zh', 'en']).default('zh') }),
  answer: z.object({ id: z.string(), link }),
  errors: ['login_taken', 'users_only'],
})

export const createLink = route({
  id: 'access.createLink',
  method: 'POST',
  path: '/api/v1/users/:id/link',
  summary: { zh: '为用户重新生成设置密码的一次性链接', en: 'A new one-time link with which the user sets a password' },
  permission: 'access.write',
  params: byId,
  answer: z.object({ link }),
  errors: ['not_found', 'users_only', 'second_person_needed'],
})

export const disableUser = route({
  id: 'access.disableUser',
  method: 'POST',
  path: '/api/v1/users/:id/disable',
  summary: { zh: '停用用户（其会话随即失效）', en: 'Disable a user; his sessions end' },
  permission: 'access.write',
  params: byId,
  answer: done,
  errors: ['not_found', 'users_only', 'last_administrator'],
})

export const enableUser = route({
  id: 'access.enableUser',
  method: 'POST',
  path: '/api/v1/users/:id/enable',
  summary: { zh: '恢复用户', en: 'Enable a user again' },
  permission: 'access.write',
  params: byId,
  answer: done,
  errors: ['not_found', 'users_only'],
})

export const userSessions = route({
  id: 'access.userSessions',
  method: 'GET',
  path: '/api/v1/users/:id/sessions',
  summary: { zh: '用户的有效会话', en: 'A user’s open sessions' },
  permission: 'access.read',
  params: byId,
  answer: z.object({ sessions: z.array(session) }),
  errors: ['not_found'],
})

export const revokeUserSessions = route({
  id: 'access.revokeUserSessions',
  method: 'POST',
  path: '/api/v1/users/:id/sessions/revoke',
  summary: { zh: '结束用户的全部会话', en: 'End all sessions of a user' },
  permission: 'access.write',
  params: byId,
  answer: z.object({ ended: z.int() }),
  errors: ['not_found', 'users_only'],
})
