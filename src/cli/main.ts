import { parseArgs } from 'node:util'
import type { Language, Text } from '#lib/text.ts'
import {
  type Command,
  commonOptions,
  type Exit,
  helpOf,
  type Invocation,
  parseOptions,
  problemLine,
  refusalText,
} from './command.ts'

/** Loaded when called: `zhiyin --help` should not open a database. */
const commands: Record<string, () => Promise<{ command: Command }>> = {
  serve: () => import('./serve.ts'),
  demo: () => import('./demo.ts'),
  import: () => import('./import.ts'),
  ask: () => import('./ask.ts'),
  questions: () => import('./questions.ts'),
  erasures: () => import('./erasures.ts'),
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  move: () => import('./move.ts'),
  doctor: () => import('./doctor.ts'),
  'verify-audit': () => import('./verifyAudit.ts'),
}

const texts = {
  intro: {
    zh: '知音：倾听客户、发现痛点、着手改进、证明成效。',
    en: 'Zhiyin: hear customers, find what hurts, act, prove it.',
  },
  unknown: { zh: '没有这个命令', en: 'no such command' },
  more: { zh: '每个命令的用法：zhiyin COMMAND --help', en: 'Each command explains itself: zhiyin COMMAND --help' },
  fault: { zh: '内部故障', en: 'a fault' },
} satisfies Record<string, Text>

function languageOfTerminal(): Language {
  const wanted = process.env.ZHIYIN_LANG ?? process.env.LC_ALL ?? process.env.LC_MESSAGES ?? process.env.LANG ?? ''
  return wanted.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

// Asked of the words themselves: a command that is not understood is answered in the form that was asked for, too.
const asJson = (words: string[]): boolean => words.slice(1).includes('--json')

async function main(words: string[]): Promise<Exit> {
  const language = languageOfTerminal()
  const print = (line: string) => process.stdout.write(`${line}\n`)
  const complain = (line: string) => process.stderr.write(`${line}\n`)
  const [name, ...rest] = words
  const json = asJson(words)
  const misuse = (why: string, help: string): Exit => {
    complain(json ? problemLine({ reason: 'command_not_understood' }, language, why) : `zhiyin: ${why}${help}`)
    return 2
  }
  if (name === undefined || name === '--help' || name === 'help' || name === '-h') {
    const all = await Promise.all(Object.values(commands).map((load) => load()))
    const width = Math.max(...all.map(({ command }) => command.name.length + command.usage.length + 1))
    print(`zhiyin — ${texts.intro[language]}\n`)
    for (const { command } of all)
      print(`  ${`${command.name} ${command.usage}`.padEnd(width)}  ${command.summary[language]}`)
    print(`\n${texts.more[language]}`)
    return name === undefined ? 2 : 0
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!load) return misuse(`${texts.unknown[language]}: ${name}`, `\n${texts.more[language]}`)
  const { command } = await load()
  let parsed: { values: Record<string, unknown>; positionals: string[] }
  try {
    parsed = parseArgs({
      args: rest,
      options: parseOptions({ ...command.options, ...commonOptions }),
      allowPositionals: true,
    })
  } catch (error) {
    return misuse((error as Error).message, `\n\n${helpOf(command, language)}`)
  }
  const values = parsed.values as Invocation['values']
  if (values.help) {
    print(helpOf(command, language))
    return 0
  }
  return command.run({
    positionals: parsed.positionals,
    values,
    json,
    language,
    print,
    say: (text) => {
      if (!json) complain(text[language])
    },
    refuse: (refusal) => {
      complain(json ? problemLine(refusal, language) : refusalText(refusal, language))
      return 1
    },
    misuse: (why, refusal = { reason: 'command_not_understood' }) => {
      complain(json ? problemLine(refusal, language, why[language]) : why[language])
      return 2
    },
  })
}

// Whatever a command writes into a home is its owner's alone.
process.umask(0o077)

// A reader that closes early (`zhiyin … | head`) ends the command, not with a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const [language, { message }] = [languageOfTerminal(), error as Error]
  process.stderr.write(
    asJson(process.argv.slice(2))
      ? `${problemLine({ reason: 'internal', detail: { fault: message } }, language)}\n`
      : `zhiyin: ${texts.fault[language]}: ${message}\n`,
  )
  if (process.env.ZHIYIN_DEBUG) process.stderr.write(`${(error as Error).stack}\n`)
  process.exitCode = 1
}
