import { createInterface } from 'node:readline/promises'
import type { Text } from '#lib/text.ts'
import type { Check } from '../server/doctor/check.ts'
import type { Command, Invocation } from './command.ts'

export const command: Command = {
  name: 'doctor',
  usage: '[--home DIR] [--restore [--yes]]',
  summary: {
    zh: '检查版本、权限、时区、时钟、空间与数据湖，并说明如何处理',
    en: 'check versions, rights, time zones, clocks, space and the lake, and say what to mend',
  },
  options: {
    home: {
      type: 'string',
      argument: 'DIR',
      about: { zh: '数据目录；不打开它，可与运行中的服务并存', en: 'the home; it is not opened, and may be running' },
    },
    restore: {
      type: 'boolean',
      about: {
        zh: '将被他人改动的表恢复到已发布的快照',
        en: 'take tables that somebody else wrote to back to what is published',
      },
    },
    yes: { type: 'boolean', about: { zh: '不再询问', en: 'do not ask' } },
  },
  notes: {
    zh: 'PostgreSQL 与集群由 DATABASE_URL、WAREHOUSE_URL、WAREHOUSE_FILES 指明。有故障时退出码为 1。',
    en: 'PostgreSQL and the cluster are named by DATABASE_URL, WAREHOUSE_URL and WAREHOUSE_FILES. Ends with 1 where there is a fault.',
  },
  async run(invocation) {
    const { values, positionals } = invocation
    const folder = values.home ?? process.env.ZHIYIN_HOME
    if (positionals.length)
      return invocation.misuse({ zh: '用法：zhiyin doctor [--home DIR]', en: 'usage: zhiyin doctor [--home DIR]' })
    process.env.ZHIYIN_LOG ??= 'errors'
    const { examine, restoreLake } = await import('../server/doctor/doctor.ts')
    const { DATABASE_URL: databaseUrl, WAREHOUSE_URL: url, WAREHOUSE_FILES: files } = process.env
    const look = () =>
      examine({
        folder: typeof folder === 'string' ? folder : undefined,
        databaseUrl: databaseUrl || undefined,
        warehouse: { url: url || undefined, files: files || undefined },
      })
    let checks = await look()
    let restored: string[] | undefined
    if (values.restore === true && needsRestoring(checks)) {
      if (!databaseUrl || !url)
        return invocation.misuse({
          zh: '--restore 需要 DATABASE_URL 与 WAREHOUSE_URL',
          en: '--restore needs DATABASE_URL and WAREHOUSE_URL',
        })
      if (values.yes === true || (await agreed(invocation, checks))) {
        const outcome = await restoreLake(databaseUrl, url)
        if (!outcome.ok) return invocation.refuse(outcome)
        restored = outcome.value
        checks = await look()
      }
    }
    return tell(invocation, checks, restored)
  },
}

const restorable = new Set(['lake.published', 'lake.writes'])
const needsRestoring = (checks: readonly Check[]) =>
  checks.some(({ id, level }) => restorable.has(id) && level !== 'ok')

async function agreed(invocation: Invocation, checks: readonly Check[]): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  for (const { id, level, found } of checks)
    if (restorable.has(id) && level !== 'ok') process.stderr.write(`${found[invocation.language]}\n`)
  const question: Text = {
    zh: '以上改动将被撤销，恢复到已发布的快照。继续吗？(y/N) ',
    en: 'These changes will be undone: the tables go back to what is published. Go on? (y/N) ',
  }
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y/i.test(await line.question(question[invocation.language]))
  } finally {
    line.close()
  }
}

const words = {
  ok: { zh: '正常', en: 'ok' },
  warning: { zh: '注意', en: 'warning' },
  fault: { zh: '故障', en: 'FAULT' },
  wanted: { zh: '应为', en: 'wanted' },
  restored: { zh: '已恢复', en: 'restored' },
} satisfies Record<string, Text>

function tell(invocation: Invocation, checks: readonly Check[], restored: readonly string[] | undefined): 0 | 1 {
  const { language, json, print } = invocation
  const faulty = checks.some(({ level }) => level === 'fault')
  if (json) {
    print(JSON.stringify({ ok: !faulty, ...(restored ? { restored } : {}), checks }, null, 2))
    return faulty ? 1 : 0
  }
  if (restored) print(`${words.restored[language]}: ${restored.join(', ') || '-'}`)
  for (const { level, title, found, wanted, remedy } of checks) {
    print(`${words[level][language].padEnd(8)} ${title[language]}: ${found[language]}`)
    if (wanted) print(`         ${words.wanted[language]}: ${wanted[language]}`)
    if (remedy) print(`         → ${remedy[language]}`)
  }
  return faulty ? 1 : 0
}
