import { z } from 'zod'
import { route } from '#contract/route.ts'

const text = z.object({ zh: z.string(), en: z.string() })
const questionId = z.string().max(100)

/** What `ask` answers; `parameters` are those that were used, defaults filled in. */
export const answerSchema = z.object({
  question: z.string(),
  version: z.int(),
  parameters: z.unknown(),
  columns: z.array(z.string()),
  rows: z.array(z.record(z.string(), z.unknown())),
  definition: text,
  asOf: z.iso.datetime(),
  dataVersion: z.number(),
})

export const listQuestions = route({
  id: 'questions.list',
  method: 'GET',
  path: '/api/v1/questions',
  summary: { zh: '列出可提的问题及其参数', en: 'The questions that can be asked, with their parameters' },
  permission: 'questions.ask',
  answer: z.object({
    questions: z.array(
      z.object({
        id: z.string(),
        version: z.int(),
        title: text,
        definition: text,
        parameters: z.record(z.string(), z.unknown()).describe('JSON Schema'),
        columns: z.array(z.string()),
      }),
    ),
  }),
})

export const askQuestion = route({
  id: 'questions.ask',
  method: 'POST',
  path: '/api/v1/ask/:question',
  summary: { zh: '提一个问题', en: 'Ask a question' },
  // Each question has a permission of its own, checked when it is asked.
  permission: 'self.read',
  params: z.object({ question: questionId }),
  body: z.record(z.string().max(100), z.unknown()).describe('the parameters of the question'),
  answer: answerSchema,
  errors: ['question_unknown'],
})

export const exportAnswer = route({
  id: 'questions.export',
  method: 'POST',
  path: '/api/v1/ask/:question/csv',
  summary: { zh: '把一个问题的结果导出为 CSV', en: 'Export the answer to a question as CSV' },
  permission: 'self.read',
  params: z.object({ question: questionId }),
  body: z.record(z.string().max(100), z.unknown()).describe('the parameters of the question'),
  answer: z.string(),
  answerType: 'text/csv; charset=utf-8',
  errors: ['question_unknown'],
})
