import type { ParseArgsConfig } from 'node:util'
import { errorCatalogue, type ErrorCode } from '#contract/errors.ts'
import type { Problem } from '#contract/problem.ts'
import { newId } from '#lib/ids.ts'
import type { Language, Text } from '#lib/text.ts'

/** 0 done, 1 refused or failed, 2 the command was not understood or is ambiguous. */
export type Exit = 0 | 1 | 2

export interface Command {
  name: string
  /** What stands after the name: `QUESTION [JSON]`. */
  usage: string
  summary: Text
  options: Record<string, { type: 'string' | 'boolean'; argument?: string; about: Text }>
  /** More than one page of help needs to say: examples. */
  notes?: Text
  run(invocation: Invocation): Promise<Exit>
}

export interface Invocation {
  positionals: string[]
  values: Record<string, string | boolean | undefined>
  json: boolean
  language: Language
  /** A line on standard output. */
  print(line: string): void
  /** A line on standard error, for a person: silent where a program reads. */
  say(text: Text): void
  /** Says what a refusal means and what can be done. */
  refuse(refusal: Refusal): Exit
  /** Says that the command itself is wrong, or leaves something open: nothing was done. */
  misuse(why: Text, refusal?: Refusal): Exit
}

export interface Refusal {
  reason: string
  problem?: Problem
  detail?: Record<string, unknown>
}

/** Options that every command has. */
export const commonOptions: Command['options'] = {
  json: { type: 'boolean', about: { zh: '以 JSON 输出', en: 'print JSON' } },
  help: { type: 'boolean', about: { zh: '显示用法', en: 'show this help' } },
}

/** Options of the commands that work on a home. */
export const homeOptions: Command['options'] = {
  home: {
    type: 'string',
    argument: 'DIR',
    about: {
      zh: '数据目录；正在运行则通过其服务，否则离线打开',
      en: 'the home; through its server when it runs, else opened offline',
    },
  },
}

export const parseOptions = (options: Command['options']): NonNullable<ParseArgsConfig['options']> =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { type: option.type }]))

export function helpOf(command: Command, language: Language): string {
  const all = Object.entries({ ...command.options, ...commonOptions })
  const flag = ([name, option]: (typeof all)[number]) => `--${name}${option.argument ? ` ${option.argument}` : ''}`
  const width = Math.max(...all.map((entry) => flag(entry).length))
  const lines = all.map((entry) => `  ${flag(entry).padEnd(width)}  ${entry[1].about[language]}`)
  const notes = command.notes ? `\n\n${command.notes[language]}` : ''
  return `zhiyin ${command.name} ${command.usage}\n${command.summary[language]}\n\n${lines.join('\n')}${notes}`
}

/** The same as a program reads it: one line of problem+json, as the server would have answered. */
export function problemLine({ reason, problem, detail }: Refusal, language: Language, why?: string): string {
  if (problem) return JSON.stringify(problem)
  const code = Object.hasOwn(errorCatalogue, reason) ? (reason as ErrorCode) : 'internal'
  const { title, remedy, status } = errorCatalogue[code]
  const made: Problem = {
    type: `/api/docs/errors#${code}`,
    title: title[language],
    status,
    detail: why ?? remedy[language],
    code,
    correlation: newId('cli'),
    ...(detail ? { context: detail } : {}),
  }
  return JSON.stringify(made)
}

/** The problem as a person reads it. */
export function refusalText(refusal: Refusal, language: Language): string {
  const known = errorCatalogue[refusal.reason as ErrorCode]
  const title = refusal.problem?.title ?? known?.title[language] ?? refusal.reason
  const remedy = refusal.problem?.detail ?? known?.remedy[language]
  const fields = (refusal.problem?.fields ?? []).map((field) => `  ${field.path}: ${field.message}`)
  const context = refusal.problem?.context ?? refusal.detail
  const facts = Object.entries(context ?? {}).flatMap(([name, value]) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string')
      ? value.slice(0, 20).map((one) => `  ${name}: ${one}`)
      : ['string', 'number', 'boolean'].includes(typeof value)
        ? [`  ${name}: ${value}`]
        : [],
  )
  return [`zhiyin: ${title} [${refusal.reason}]`, ...fields, ...facts, ...(remedy ? [remedy] : [])].join('\n')
}
