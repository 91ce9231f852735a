import { z } from 'zod'
import { focus } from '#access/narrow.ts'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { localDay } from '#lib/time.ts'
import type { Question } from '#warehouse/question.ts'
import { from } from '#warehouse/relations.ts'
import type { readSql } from './contract.ts'

/** The questions this reader may ask, each with its parameters as JSON Schema. */
export function questionsFor(questions: readonly Question[], scope: Scope) {
  return questions
    .filter((question) => focus(scope, question.permission) !== undefined)
    .map((question) => ({
      id: question.id,
      version: question.version,
      title: question.title,
      definition: question.definition,
      parameters: z.toJSONSchema(question.parameters, { io: 'input', unrepresentable: 'any' }) as Record<
        string,
        unknown
      >,
      columns: Object.keys((question.row as unknown as { shape?: object }).shape ?? {}),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

// A cell that begins like a formula would be run by a spreadsheet: it gets a leading apostrophe. Numbers stay numbers.
const cell = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** RFC 4180, with the byte-order mark that Excel needs to read Chinese. */
export function csvOf(columns: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const lines = [columns.map(cell), ...rows.map((row) => columns.map((column) => cell(row[column])))]
  return `\ufeff${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}

/** The SQL that would answer a question for this reader: his scope is in it, its values stand apart. */
export async function sqlOf(
  services: Services,
  asked: Question,
  input: unknown,
  reader: Scope,
): Promise<Result<z.input<typeof readSql.answer>>> {
  const scope = focus(reader, asked.permission)
  if (!scope) return fail('not_allowed')
  const parsed = asked.parameters.safeParse(input)
  if (!parsed.success) return fail('validation_failed', { issues: parsed.error.issues })
  const { dialect } = services.warehouse
  if (!asked.sql) return ok({ engine: dialect.name, text: null, values: [] })
  const parameters = parsed.data
  const today = localDay(services.clock(), services.home.timeZone)
  const prepared = await asked.prepare?.({ parameters, scope, services, today })
  if (prepared && !prepared.ok) return prepared
  const query = asked.sql({ parameters, from, dialect, today, prepared: prepared?.value as never })
  const { text, values } = services.warehouse.explain(query, scope)
  return ok({
    engine: dialect.name,
    text,
    values: values.map((value) => (value instanceof Date ? value.toISOString() : value)),
  })
}
