import { z } from 'zod'
import { route } from '#contract/route.ts'
import { text } from '#contract/shapes.ts'

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
  answersOnly: true,
  answer: answerSchema,
  // Its own, and what a question says before it can be asked.
  errors: ['question_unknown', 'process_unknown'],
})

export const exportAnswer = route({
  id: 'questions.export',
  method: 'POST',
  path: '/api/v1/ask/:question/csv',
  summary: { zh: '把一个问题的结果导出为 CSV', en: 'Export the answer to a question as CSV' },
  permission: 'self.read',
  params: z.object({ question: questionId }),
  body: z.record(z.string().max(100), z.unknown()).describe('the parameters of the question'),
  answersOnly: true,
  answer: z.string(),
  answerType: 'text/csv; charset=utf-8',
  // Its own, and what a question says before it can be asked.
  errors: ['question_unknown', 'process_unknown'],
})

export const readSql = route({
  id: 'questions.sql',
  method: 'POST',
  path: '/api/v1/ask/:question/sql',
  summary: {
    zh: '一个问题背后的 SQL（已含本人的数据范围）',
    en: 'The SQL behind a question, with the reader’s scope in it',
  },
  permission: 'questions.sql',
  params: z.object({ question: questionId }),
  body: z.record(z.string().max(100), z.unknown()).describe('the parameters of the question'),
  answersOnly: true,
  answer: z.object({
    engine: z.enum(['duckdb', 'trino']),
    /** Null where the answer does not come from the warehouse. */
    text: z.string().nullable(),
    values: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
  // Its own, and what a question says before it can be asked.
  errors: ['question_unknown', 'process_unknown'],
})
