import { errorCatalogue } from '#contract/errors.ts'
import { codesOf, featureOf, schemaOf } from '#contract/openapi.ts'
import type { Route } from '#contract/route.ts'
import type { Bound } from '#features/bind.ts'
import type { Language, Text } from '#lib/text.ts'

const texts = {
  title: { zh: '知音 接口文档', en: 'Zhiyin API' },
  intro: {
    zh: '所有接口收发 JSON（UTF-8）；出错时返回 problem+json（RFC 9457）。页面用会话 Cookie 登录，系统对接用服务令牌（Authorization: Bearer …）。涉及分析数据的返回带有 x-zhiyin-as-of（数据版本及其更新时间）；每次返回的 x-zhiyin-seen 是当前数据版本，下次请求原样带上，即可保证结果不早于该版本。',
    en: 'Routes take and give JSON (UTF-8); errors are problem+json (RFC 9457). Pages sign in with a session cookie, systems with a service token (Authorization: Bearer …). Answers that rest on facts carry x-zhiyin-as-of (their data version and when it changed last); x-zhiyin-seen is the newest data version, and whoever sends it back with the next call is answered from no earlier one.',
  },
  machine: { zh: '机器可读的描述', en: 'Machine-readable description' },
  errors: { zh: '错误代码', en: 'Error codes' },
  permission: { zh: '所需权限', en: 'Permission' },
  anyone: { zh: '无需登录', en: 'anyone' },
  params: { zh: '路径参数', en: 'Path parameters' },
  query: { zh: '查询参数', en: 'Query' },
  body: { zh: '请求内容', en: 'Body' },
  rawBody: { zh: '请求内容（原始数据）', en: 'Body (raw)' },
  answer: { zh: '返回', en: 'Answer' },
  code: { zh: '代码', en: 'Code' },
  status: { zh: '状态', en: 'Status' },
  meaning: { zh: '含义', en: 'Meaning' },
  remedy: { zh: '处理办法', en: 'What to do' },
  practice: {
    zh: '演示环境：通过这些接口读到的客户、机构与数字全部为合成数据，不对应任何真实的人或银行。',
    en: 'Demonstration: every customer, unit and number behind these routes is synthetic and stands for no real person or bank.',
  },
  other: { zh: 'English', en: '中文' },
} satisfies Record<string, Text>

const style = `body{font:15px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
a{color:#174fd6}h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #d5dbe5}h3{font-size:1rem;margin:1.6rem 0 .2rem}
code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.86rem}pre{background:#f4f6fa;padding:.7rem;overflow:auto;border-radius:4px;max-height:28rem}
.m{display:inline-block;min-width:4.2rem;font-weight:600;color:#174fd6}p{margin:.3rem 0}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #d5dbe5;padding:.4rem .5rem;text-align:left;vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#12161d;color:#e3e8f0}a,.m{color:#8ab0ff}pre{background:#1b212b}h2,td,th{border-color:#323b4a}}`

const escaped = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

function page(language: Language, title: string, path: string, practice: boolean, body: string): string {
  const other = language === 'zh' ? 'en' : 'zh'
  return `<!doctype html><html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head><body><p><a href="${path}?lang=${other}" lang="${other}">${texts.other[language]}</a></p>${practice ? `<p role="note"><b>${texts.practice[language]}</b></p>` : ''}<main><h1>${escaped(title)}</h1>${body}</main></body></html>`
}

const schemaBlock = (label: string, schema: Parameters<typeof schemaOf>[0] | undefined, io: 'input' | 'output') =>
  schema
    ? `<details><summary>${label}</summary><pre tabindex="0">${escaped(JSON.stringify(schemaOf(schema, io), null, 2))}</pre></details>`
    : ''

function section(route: Route, language: Language): string {
  const t = (key: keyof typeof texts) => texts[key][language]
  const codes = codesOf(route)
    .map((code) => `<a href="/api/docs/errors?lang=${language}#${code}"><code>${code}</code></a>`)
    .join(' ')
  const raw = route.rawBody
    ? `<p>${t('rawBody')}: <code>${escaped(route.rawBody.contentTypes.join(', '))}</code></p>`
    : ''
  return `<section id="${escaped(route.id)}"><h3><span class="m">${route.method}</span> <code>${escaped(route.path)}</code></h3>
<p>${escaped(route.summary[language])}</p><p>${t('permission')}: <code>${route.permission ?? t('anyone')}</code></p>${raw}
${schemaBlock(t('params'), route.params, 'input')}${schemaBlock(t('query'), route.query, 'input')}${schemaBlock(t('body'), route.body, 'input')}
${route.answerType ? `<p>${t('answer')}: <code>${escaped(route.answerType)}</code></p>` : schemaBlock(t('answer'), route.answer, 'output')}<p>${t('errors')}: ${codes}</p></section>`
}

/** The API for a reader: one page, no script, nothing from outside. */
export function apiPage(bounds: readonly Bound[], language: Language, practice: boolean): string {
  const features = Map.groupBy(
    bounds.map((bound) => bound.route),
    featureOf,
  )
  const body = [...features]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, routes]) => `<h2 id="${name}">${name}</h2>${routes.map((route) => section(route, language)).join('')}`)
  return page(
    language,
    texts.title[language],
    '/api/docs',
    practice,
    `<p>${texts.intro[language]}</p><p>${texts.machine[language]}: <a href="/api/openapi.json">/api/openapi.json</a> · <a href="/api/docs/errors?lang=${language}">${texts.errors[language]}</a></p>${body.join('')}`,
  )
}

export function errorsPage(language: Language, practice: boolean): string {
  const head = (['code', 'status', 'meaning', 'remedy'] as const)
    .map((key) => `<th>${texts[key][language]}</th>`)
    .join('')
  const rows = Object.entries(errorCatalogue).map(
    ([code, error]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${error.status}</td><td>${escaped(error.title[language])}</td><td>${escaped(error.remedy[language])}</td></tr>`,
  )
  return page(
    language,
    texts.errors[language],
    '/api/docs/errors',
    practice,
    `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`,
  )
}
