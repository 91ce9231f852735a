import { askQuestion } from '#features/questions/contract.ts'
import { type Command, homeOptions } from './command.ts'
import { connect } from './connect.ts'
import { tableOf } from './table.ts'

export const command: Command = {
  name: 'ask',
  usage: 'QUESTION [JSON]',
  summary: { zh: '提一个问题，得到数字', en: 'ask a question and get its numbers' },
  options: homeOptions,
  notes: {
    zh: `例：zhiyin ask experience.scores '{"metric":"nps"}' --json\n问题清单：zhiyin questions`,
    en: `Example: zhiyin ask experience.scores '{"metric":"nps"}' --json\nThe questions: zhiyin questions`,
  },
  async run(invocation) {
    const [question, text, ...rest] = invocation.positionals
    if (!question || rest.length) {
      return invocation.misuse({ zh: '用法：zhiyin ask QUESTION [JSON]', en: 'usage: zhiyin ask QUESTION [JSON]' })
    }
    const parameters = parse(text)
    if (!parameters) {
      return invocation.misuse({
        zh: `参数须是一个 JSON 对象，例如 '{"metric":"nps"}'`,
        en: `the parameters must be a JSON object, for instance '{"metric":"nps"}'`,
      })
    }
    const connection = await connect(invocation)
    if (!connection.ok) return invocation.refuse(connection)
    try {
      const answer = await connection.value.client.call(askQuestion, { params: { question }, body: parameters })
      if (!answer.ok) return invocation.refuse(answer)
      const { columns, rows, definition, asOf } = answer.value
      if (invocation.json) {
        const { parameters: used } = answer.value
        invocation.print(JSON.stringify({ question, parameters: used, columns, rows, definition, asOf }, null, 2))
        return 0
      }
      invocation.print(tableOf(columns, rows))
      invocation.print(`\n${definition[invocation.language]}\n${asOf}`)
      return 0
    } finally {
      await connection.value.close()
    }
  },
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
