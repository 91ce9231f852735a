import type { CataloguedError } from './catalogued.ts'

/** Who is calling, and what was given to whom. */
export const accessErrors = {
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
  users_only: {
    status: 409,
    title: { zh: '仅限登录用户', en: 'Only a signed-in user can do this' },
    remedy: {
      zh: '请以个人账户登录后操作。',
      en: 'Sign in as a person; a token or the operator has no list of its own.',
    },
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
} as const satisfies Record<string, CataloguedError>
