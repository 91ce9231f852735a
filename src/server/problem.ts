import { z } from 'zod'
import { type ErrorCode, errorCatalogue } from '#contract/errors.ts'
import type { Problem } from '#contract/problem.ts'
import type { Language, Text } from '#lib/text.ts'

export const problemType = 'application/problem+json; charset=utf-8'

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code)

/** RFC 9457, in the caller's language. */
export function problemOf(
  code: ErrorCode,
  language: Language,
  correlation: string,
  detail: Record<string, unknown> = {},
): Problem {
  const known = errorCatalogue[code]
  const { fields, ...rest } = detail
  const { issues } = rest
  let named = Array.isArray(fields) ? fields.map((field) => namedField(field, language)) : undefined
  if (isIssues(issues)) {
    delete rest.issues
    named = fieldsOf(issues, language)
  }
  return {
    type: `/api/docs/errors#${code}`,
    title: known.title[language],
    status: known.status,
    detail: known.remedy[language],
    code,
    correlation,
    ...(named ? { fields: named } : {}),
    ...(Object.keys(rest).length ? { context: rest } : {}),
  }
}

/** A handler names a field, alone or with what is wrong with it in both languages. */
function namedField(field: string | { path: string; message: string | Text }, language: Language) {
  if (typeof field === 'string') return { path: field, message: needed[language] }
  return { path: field.path, message: typeof field.message === 'string' ? field.message : field.message[language] }
}
const needed: Text = { zh: '必填或不正确', en: 'is required, or not right' }

const isIssues = (issues: unknown): issues is z.core.$ZodIssue[] =>
  Array.isArray(issues) && issues.length > 0 && issues.every((issue) => Array.isArray(issue?.path))

const messages = { zh: z.locales.zhCN().localeError, en: z.locales.en().localeError }

/** The offending fields with a sentence each; what was sent is not echoed, for it may name a customer. */
function fieldsOf(issues: readonly z.core.$ZodIssue[], language: Language): NonNullable<Problem['fields']> {
  return issues.slice(0, 20).map((issue) => {
    const message = issue.code === 'custom' ? issue.message : messages[language](issue as z.core.$ZodRawIssue)
    return {
      path: issue.path.map(String).join('.').slice(0, 200),
      message: (typeof message === 'string' ? message : (message?.message ?? issue.message)).slice(0, 300),
    }
  })
}

/** The language of an Accept-Language header: whichever of the two is wanted more; Chinese where neither is. */
export function languageOf(header: string | undefined): Language {
  let best: Language = 'zh'
  let weight = 0
  for (const part of (header ?? '').slice(0, 300).split(',')) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
    const language = tag.split('-')[0]
    if (language !== 'zh' && language !== 'en') continue
    const q = Number(/^\s*q=([\d.]+)$/.exec(parameters.join(';'))?.[1] ?? 1)
    if (q > weight) {
      best = language
      weight = q
    }
  }
  return best
}
