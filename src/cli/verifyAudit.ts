import type { AnswerOf } from '#contract/route.ts'
import { verifyAudit } from '#features/system/contract.ts'
import type { Text } from '#lib/text.ts'
import { type Command, homeOptions } from './command.ts'
import { connect } from './connect.ts'

export const command: Command = {
  name: 'verify-audit',
  usage: '',
  summary: { zh: '校验审计链：有无增删改', en: 'verify the audit chain: nothing added, removed or changed' },
  options: homeOptions,
  notes: { zh: '退出码：0 完整；1 已损坏或无法校验。', en: 'Exit code: 0 whole, 1 broken or not verified.' },
  async run(invocation) {
    const connection = await connect(invocation)
    if (!connection.ok) return invocation.refuse(connection)
    try {
      const answer = await connection.value.client.call(verifyAudit, {})
      if (!answer.ok) return invocation.refuse(answer)
      const verdict = answer.value
      if (invocation.json) invocation.print(JSON.stringify(verdict, null, 2))
      else invocation.print(verdictText(verdict)[invocation.language])
      return verdict.intact ? 0 : 1
    } finally {
      await connection.value.close()
    }
  },
}

function verdictText({ intact, verified, broken, unsealed, anchor }: Verdict): Text {
  const tail = {
    zh: unsealed.count ? `；另有 ${unsealed.count} 条尚未入链（最早 ${unsealed.oldestAt}）` : '',
    en: unsealed.count ? `; ${unsealed.count} more not chained yet (the oldest of ${unsealed.oldestAt})` : '',
  }
  if (intact)
    return { zh: `审计链完整：${verified} 条${tail.zh}`, en: `the audit chain is whole: ${verified} records${tail.en}` }
  if (anchor === 'forged')
    return {
      zh: '库外的链头签名不符：该文件被改动过',
      en: 'the noted head outside the database does not bear this home’s signature',
    }
  return {
    zh: `审计链在第 ${broken?.position} 条断裂（${broken?.what}${broken?.recordId ? `，记录 ${broken.recordId}` : ''}）`,
    en: `the audit chain is broken at ${broken?.position} (${broken?.what}${broken?.recordId ? `, record ${broken.recordId}` : ''})`,
  }
}

type Verdict = AnswerOf<typeof verifyAudit>
