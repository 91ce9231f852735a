import type { CataloguedError } from './catalogued.ts'

/** What a route refuses before it looks at any subject. */
export const requestsErrors = {
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
  headers_too_large: {
    status: 431,
    title: { zh: '请求头过大', en: 'The headers are too large' },
    remedy: { zh: '请减少请求头后重试。', en: 'Send fewer or shorter headers.' },
  },
  media_type_unsupported: {
    status: 415,
    title: { zh: '不支持的内容类型', en: 'The content type is not supported' },
    remedy: { zh: '请使用接口文档中的内容类型。', en: 'Use a content type that the documentation names.' },
  },
  request_timeout: {
    status: 408,
    title: { zh: '请求未能及时发送完毕', en: 'The request did not arrive in time' },
    remedy: { zh: '请检查网络后重试。', en: 'Check the connection and try again.' },
  },
  cross_site: {
    status: 403,
    title: { zh: '拒绝来自其他网站的请求', en: 'A request from another site is refused' },
    remedy: {
      zh: '请在知音的页面中操作，或使用服务令牌。',
      en: 'Work from Zhiyin’s own pages, or use a service token.',
    },
  },
  too_many_requests: {
    status: 429,
    title: { zh: '请求过于频繁', en: 'Too many requests' },
    remedy: { zh: '请稍候再试。', en: 'Wait a little and try again.' },
  },
  changed_meanwhile: {
    status: 409,
    title: { zh: '该记录已被他人更新', en: 'Somebody changed this meanwhile' },
    remedy: { zh: '请刷新后再试。', en: 'Reload and try again.' },
  },
  nothing_to_undo: {
    status: 409,
    title: { zh: '没有可撤销的操作', en: 'There is nothing to take back' },
    remedy: {
      zh: '只能撤销最近一次处理；预登记锁定不可撤销。',
      en: 'Only the newest step can be taken back, and never a lock.',
    },
  },
  note_needed: {
    status: 422,
    title: { zh: '请补充说明', en: 'A note is needed' },
    remedy: { zh: '选择“其他”时必须写明原因。', en: 'Say why in `note` when the reason is “other”.' },
  },
  store_away: {
    status: 503,
    title: { zh: '数据库暂时无法访问', en: 'The database cannot be reached at present' },
    remedy: {
      zh: '请稍后重试。若刚提交过修改，请先刷新，看它是否已保存。',
      en: 'Try again shortly. If you were changing something, reload first and see whether it was kept.',
    },
  },
  internal: {
    status: 500,
    title: { zh: '系统内部故障', en: 'A fault inside the system' },
    remedy: {
      zh: '数据未受影响。请把错误编号告知系统管理员。',
      en: 'Nothing was changed. Give the reference to an administrator.',
    },
  },
} as const satisfies Record<string, CataloguedError>
