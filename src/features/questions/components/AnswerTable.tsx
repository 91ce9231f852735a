import type { AnswerOf } from '#contract/route.ts'
import type { CellValue } from '#ui/csv.ts'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty } from '#ui/states.tsx'
import type { askQuestion } from '../contract.ts'
import { texts } from '../texts.ts'
import './questions.css'

type Given = AnswerOf<typeof askQuestion>
type Row = Given['rows'][number]

/** The rows of an answer as they are: numbers at the end, lists in one cell, codes under their own names. */
export function AnswerTable({ given }: { given: Given }) {
  const { t, format, language } = useLanguage()
  const { timeZone } = useReader()
  const asOf = format.instant(given.asOf, timeZone)
  if (given.rows.length === 0)
    return (
      <Section title={t(texts.answer)}>
        <Empty title={t(texts.answerNone, { asOf })}>{t(texts.answerNoneWhy)}</Empty>
      </Section>
    )
  const columns = given.columns.map((id): Column<Row> => {
    const numeric = given.rows.some((row) => typeof row[id] === 'number')
    return {
      id,
      title: id,
      numeric,
      // A column without a single value only widens the table.
      optional: given.rows.every((row) => row[id] === null || row[id] === undefined),
      value: (row) => plain(row[id], language),
      ...(numeric
        ? { render: (row: Row) => (typeof row[id] === 'number' ? written(row[id], format.number) : '—') }
        : {}),
    }
  })
  return (
    <Section title={t(texts.answer)} className="zy-answer">
      <DataTable
        caption={given.question}
        exportName={given.question}
        rows={given.rows}
        columns={columns}
        rowKey={(row) => JSON.stringify(row)}
      />
    </Section>
  )
}

/** Whole numbers whole, others to the fourth digit: a table of an answer rounds no further. */
function written(value: number, number: (value: number, style: { digits: number }) => string): string {
  if (Number.isInteger(value)) return number(value, { digits: 0 })
  return number(value, { digits: 4 }).replace(/0+$/, '')
}

function plain(value: unknown, language: 'zh' | 'en'): CellValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(' → ')
  const text = (value as { zh?: unknown; en?: unknown })[language]
  return typeof text === 'string' ? text : JSON.stringify(value)
}
