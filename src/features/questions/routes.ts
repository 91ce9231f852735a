import { type Bound, bind } from '#features/bind.ts'
import { fail, ok } from '#lib/result.ts'
import { exportName } from '#lib/exportName.ts'
import { recordAudit } from '#store/audit.ts'
import type { Question } from '#warehouse/question.ts'
import { askQuestion, exportAnswer, listQuestions, readSql } from './contract.ts'
import { csvOf, questionsFor, sqlOf } from './data.ts'

/** The generic routes over whatever questions are registered. */
export const questionRoutes = (questions: readonly Question[]): Bound[] => [
  bind(listQuestions, async ({ scope }) => ok({ questions: questionsFor(questions, scope) })),
  bind(askQuestion, ({ params, body, scope, services }) => services.ask(params.question, body, scope)),
  bind(readSql, async ({ params, body, scope, services }) => {
    const asked = questions.find(({ id }) => id === params.question)
    return asked ? sqlOf(services, asked, body, scope) : fail('question_unknown', { question: params.question })
  }),
  bind(exportAnswer, async ({ params, body, scope, services, correlation, language }) => {
    const answer = await services.ask(params.question, body, scope)
    if (!answer.ok) return answer
    const { columns, rows } = answer.value
    await services.store.transaction((tx) =>
      recordAudit(tx, scope.actor, {
        action: 'question.export',
        objectKind: 'question',
        objectId: params.question,
        detail: { parameters: body, rows: rows.length },
        correlation,
      }),
    )
    const name = exportName(params.question, 'csv', services.home.kind === 'demo', language)
    return ok({ file: csvOf(columns, rows), contentType: 'text/csv; charset=utf-8', name })
  }),
]
