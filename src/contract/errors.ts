import type { Text } from '#lib/text.ts'

export interface CataloguedError {
  status: number
  title: Text
  /** What the caller can do now. */
  remedy: Text
}

/** Every error a caller can meet. docs/errors.md is generated from this table; codes are never reused. */
export const errorCatalogue = {
  bad_request: {
    status: 400,
    title: { zh: '请求格式不正确', en: 'The request is malformed' },
    remedy: { zh: '请对照接口文档检查请求内容。', en: 'Check the request against the API documentation.' },
  },
  validation_failed: {
    status: 422,
    title: { zh: '填写的内容不符合要求', en: 'Some fields are not valid' },
    remedy: { zh: '请按 fields 中列出的字段逐项更正。', en: 'Mend the fields listed in `fields`.' },
  },
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
  not_found: {
    status: 404,
    title: { zh: '未找到，或不在您的查看范围内', en: 'Not found, or outside your scope' },
    remedy: { zh: '请检查链接或编号。', en: 'Check the address or the number.' },
  },
  route_unknown: {
    status: 404,
    title: { zh: '没有这个接口', en: 'There is no such route' },
    remedy: { zh: '接口清单见 /api/openapi.json。', en: 'The routes are listed in /api/openapi.json.' },
  },
  method_not_allowed: {
    status: 405,
    title: { zh: '该地址不支持这种请求方法', en: 'This address does not take that method' },
    remedy: { zh: '请使用接口文档中的方法。', en: 'Use the method that the documentation names.' },
  },
  body_too_large: {
    status: 413,
    title: { zh: '提交内容过大', en: 'The body is too large' },
    remedy: { zh: '请拆分后分批提交。', en: 'Send it in smaller parts.' },
  },
  media_type_unsupported: {
    status: 415,
    title: { zh: '不支持的内容类型', en: 'The content type is not supported' },
    remedy: { zh: '请使用接口文档中的内容类型。', en: 'Use a content type that the documentation names.' },
  },
  changed_meanwhile: {
    status: 409,
    title: { zh: '该记录已被他人更新', en: 'Somebody changed this meanwhile' },
    remedy: { zh: '请刷新后再试。', en: 'Reload and try again.' },
  },
  too_many_requests: {
    status: 429,
    title: { zh: '请求过于频繁', en: 'Too many requests' },
    remedy: { zh: '请稍候再试。', en: 'Wait a little and try again.' },
  },
  internal: {
    status: 500,
    title: { zh: '系统内部故障', en: 'A fault inside the system' },
    remedy: {
      zh: '数据未受影响。请把错误编号告知系统管理员。',
      en: 'Nothing was changed. Give the reference to an administrator.',
    },
  },
  home_locked: {
    status: 409,
    title: { zh: '该数据目录正被另一个进程使用', en: 'Another process has this home open' },
    remedy: { zh: '请先停止该进程，或通过其服务访问。', en: 'Stop that process, or work through its server.' },
  },
} as const satisfies Record<string, CataloguedError>

export type ErrorCode = keyof typeof errorCatalogue
