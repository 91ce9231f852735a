import { listQuestions } from '#features/questions/contract.ts'
import { type Command, homeOptions } from './command.ts'
import { connect } from './connect.ts'

export const command: Command = {
  name: 'questions',
  usage: '',
  summary: { zh: '列出可提的问题及其参数', en: 'list the questions and their parameters' },
  options: homeOptions,
  async run(invocation) {
    const connection = await connect(invocation)
    if (!connection.ok) return invocation.refuse(connection)
    try {
      const answer = await connection.value.client.call(listQuestions, {})
      if (!answer.ok) return invocation.refuse(answer)
      if (invocation.json) {
        invocation.print(JSON.stringify(answer.value.questions, null, 2))
        return 0
      }
      for (const question of answer.value.questions) {
        invocation.print(`${question.id}  ${question.title[invocation.language]}`)
        const { properties = {}, required = [] } = question.parameters as {
          properties?: Record<string, Record<string, unknown>>
          required?: string[]
        }
        for (const [name, schema] of Object.entries(properties))
          invocation.print(`    ${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`)
      }
      return 0
    } finally {
      await connection.value.close()
    }
  },
}

/** A parameter's schema in a few words. */
function typeOf(schema: Record<string, unknown>): string {
  if (Array.isArray(schema.enum)) return schema.enum.join(' | ')
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((one) => typeOf(one as Record<string, unknown>)).join(' | ')
  const range = [schema.minimum, schema.maximum].some((bound) => bound !== undefined)
    ? ` ${schema.minimum ?? ''}…${schema.maximum ?? ''}`
    : ''
  const initial = schema.default === undefined ? '' : ` = ${JSON.stringify(schema.default)}`
  return `${schema.format ?? schema.type ?? 'any'}${range}${initial}`
}
