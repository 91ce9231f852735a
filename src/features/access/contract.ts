/**
 * Who you are, what you may see, and who gave it to you.
 * POST /api/v1/sign-in · POST /api/v1/sign-out · GET /api/v1/me
 * POST /api/v1/me/password                    change one's own password
 * GET  /api/v1/me/sessions · POST /api/v1/me/sessions/:id/revoke
 * POST /api/v1/one-time-links/accept          set a password with a link: the first administrator, a new user, a reset
 * GET  /api/v1/door                          before sign-in: is this a practice home, and its practice sign-ins
 * GET  /api/v1/units                          the tree inside the reader's scope
 * GET  /api/v1/users · POST /api/v1/users · POST /api/v1/users/:id/{link,disable,enable}
 * GET  /api/v1/users/:id/sessions · POST /api/v1/users/:id/sessions/revoke
 * POST /api/v1/grants · POST /api/v1/grants/:id/{approve,revoke}
 * GET  /api/v1/service-tokens · POST … · POST /api/v1/service-tokens/:id/{approve,revoke}
 */
import { z } from 'zod'
import { roles } from '#access/policy.ts'
import { route } from '#contract/route.ts'

const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w-]+$/)
const login = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@-]{1,63}$/)
const name = z.string().trim().min(1).max(80)
const password = z.string().min(1).max(256)
const instant = z.iso.datetime()
const text = z.object({ zh: z.string(), en: z.string() })
const done = z.object({ done: z.literal(true) })
const byId = z.object({ id })
const cursor = z.string().min(1).max(64).optional()

export const place = z.object({
  id: z.string(),
  name: z.string(),
  nameEn: z.string().nullable(),
  level: z.string(),
  kind: z.string(),
  /** Null at the top of what the reader sees. */
  parentId: z.string().nullable(),
})

export const signIn = route({
  id: 'access.signIn',
  method: 'POST',
  path: '/api/v1/sign-in',
  summary: { zh: '登录', en: 'Sign in with login and password' },
  callsPerMinute: 60,
  body: z.strictObject({ login: z.string().trim().min(1).max(64), password }),
  answer: z.object({ expiresAt: instant }),
  errors: ['sign_in_failed', 'account_locked', 'too_many_requests'],
})

export const signOut = route({
  id: 'access.signOut',
  method: 'POST',
  path: '/api/v1/sign-out',
  summary: { zh: '退出登录', en: 'End this session' },
  permission: 'self.read',
  answer: done,
})

export const me = route({
  id: 'access.me',
  method: 'GET',
  path: '/api/v1/me',
  summary: { zh: '当前用户、权限与可见机构', en: 'Who is calling, what he may do and which units he sees' },
  permission: 'self.read',
  answer: z.object({
    id: z.string(),
    kind: z.enum(['user', 'token', 'job', 'operator', 'system']),
    login: z.string(),
    name: z.string(),
    language: z.enum(['zh', 'en']),
    roles: z.array(z.object({ role: z.enum(roles), name: text })),
    permissions: z.array(z.string()),
    /** Whole subtrees; parents before children. */
    places: z.array(place),
    /** Where the unit picker begins: the top of the largest subtree; null for a reader without any unit. */
    root: z.string().nullable(),
    home: z.object({ kind: z.enum(['demo', 'real']) }),
    practice: z.boolean(),
    timeZone: z.string(),
    today: z.iso.date(),
    /** The newest day that has facts inside these units; null in an empty home. */
    newestDay: z.iso.date().nullable(),
  }),
})

export const changeLanguage = route({
  id: 'access.changeLanguage',
  method: 'POST',
  path: '/api/v1/me/language',
  summary: { zh: '切换语言偏好', en: 'Remember the language one reads in' },
  permission: 'self.read',
  body: z.strictObject({ language: z.enum(['zh', 'en']) }),
  answer: done,
})

export const changePassword = route({
  id: 'access.changePassword',
  method: 'POST',
  path: '/api/v1/me/password',
  summary: { zh: '修改本人密码（其他会话随即失效）', en: 'Change one’s own password; the other sessions end' },
  permission: 'self.read',
  callsPerMinute: 20,
  body: z.strictObject({ current: password, next: password }),
  answer: done,
  errors: ['sign_in_failed', 'account_locked', 'password_weak', 'too_many_requests', 'users_only'],
})

const session = z.object({
  id: z.string(),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
  current: z.boolean(),
})

export const mySessions = route({
  id: 'access.mySessions',
  method: 'GET',
  path: '/api/v1/me/sessions',
  summary: { zh: '本人的有效会话', en: 'One’s own open sessions' },
  permission: 'self.read',
  answer: z.object({ sessions: z.array(session) }),
})

export const revokeMySession = route({
  id: 'access.revokeMySession',
  method: 'POST',
  path: '/api/v1/me/sessions/:id/revoke',
  summary: { zh: '结束本人的一个会话', en: 'End one of one’s own sessions' },
  permission: 'self.read',
  params: byId,
  answer: done,
  errors: ['not_found'],
})

export const acceptLink = route({
  id: 'access.acceptLink',
  method: 'POST',
  path: '/api/v1/one-time-links/accept',
  summary: { zh: '凭一次性链接设置密码并登录', en: 'Set a password with a one-time link and sign in' },
  callsPerMinute: 30,
  // Login and name are asked of the first administrator only; a link for a user knows both.
  body: z.strictObject({
    token: z.string().min(20).max(100),
    password,
    login: login.optional(),
    name: name.optional(),
  }),
  answer: z.object({ expiresAt: instant }),
  errors: ['link_invalid', 'password_weak', 'login_taken', 'validation_failed', 'too_many_requests'],
})

export const readLink = route({
  id: 'access.readLink',
  method: 'POST',
  path: '/api/v1/one-time-links/read',
  summary: { zh: '查看一次性链接的用途', en: 'What a one-time link is for' },
  callsPerMinute: 30,
  body: z.strictObject({ token: z.string().min(20).max(100) }),
  answer: z.object({
    purpose: z.enum(['first_admin', 'administrator', 'set_password']),
    login: z.string().nullable(),
    expiresAt: instant,
  }),
  errors: ['link_invalid'],
})

export const readDoor = route({
  id: 'access.door',
  method: 'GET',
  path: '/api/v1/door',
  summary: {
    zh: '登录页信息：是否演示环境及其演示账户',
    en: 'Before sign-in: is this a demo home, and its demo sign-ins',
  },
  answer: z.object({
    practice: z.boolean(),
    /** Empty in a real home, always. */
    signIns: z.array(
      z.object({ login: z.string(), password: z.string(), name: z.string(), role: text, unit: z.string() }),
    ),
  }),
})

export const units = route({
  id: 'access.units',
  method: 'GET',
  path: '/api/v1/units',
  summary: { zh: '可见范围内的机构树', en: 'The tree of units inside the reader’s scope' },
  permission: 'units.read',
  answer: z.object({ units: z.array(place) }),
})

const right = {
  id: z.string(),
  role: z.enum(roles),
  unitId: z.string(),
  unitName: z.string(),
  awaitsApproval: z.boolean(),
  approvedBy: z.string().nullable(),
}
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
