import { z } from 'zod'
import { focus } from '#access/narrow.ts'
import type { Scope } from '#access/scope.ts'
import type { Question } from '#warehouse/question.ts'

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
