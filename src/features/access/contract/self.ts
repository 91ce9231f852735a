import { z } from 'zod'
import { roles } from '#access/policy.ts'
import { route } from '#contract/route.ts'
import { byId, text } from '#contract/shapes.ts'
import { login, name, password, instant, done, session, place } from './shapes.ts'

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
    /** The newest day that has facts inside these units; null in an empty home, and while the warehouse gives no answer. */
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
