import { Collapse } from 'antd'
import type { AnswerOf } from '#contract/route.ts'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import type { checkUpload } from '../contract.ts'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import { LeftOut } from './LeftOut.tsx'
import type { Names } from './names.ts'

type Check = AnswerOf<typeof checkUpload>
type Fault = Check['faults'][number]

/** What is wrong with the file under this mapping: counted by fault, with examples and a remedy; then how it will look. */
export function CheckResult({ check, names }: { check: Check; names: Names }) {
  const { t, language, format } = useLanguage()
  const counts = {
    rows: format.number(check.rows),
    good: format.number(check.good),
    rejected: format.number(check.rejected),
  }
  const words =
    check.rejected === 0 && check.faults.length === 0 ? texts.allGood : check.good === 0 ? texts.allBad : texts.someBad
  const columns: Column<Fault>[] = [
    { id: 'what', title: t(texts.faultWhat), value: (row) => row.text[language] },
    { id: 'where', title: t(texts.faultWhere), value: (row) => placeOf(row, names) },
    {
      id: 'rows',
      title: t(texts.faultRows),
      numeric: true,
      value: (row) => row.rows,
      render: (row) => format.number(row.rows),
    },
    {
      id: 'examples',
      title: t(texts.faultExamples),
      value: (row) => row.examples.map((one) => `${one.row}: ${one.excerpt}`).join('; '),
      render: (row) => (
        <ul className="zy-examples">
          {row.examples.map((one) => (
            <li key={`${one.row} ${one.excerpt}`}>
              <span className="zy-quiet">{t(texts.rowNumber, { row: one.row })}</span>{' '}
              {one.excerpt ? <code>{one.excerpt}</code> : t(texts.nothingStood)}
            </li>
          ))}
        </ul>
      ),
    },
    { id: 'remedy', title: t(texts.faultRemedy), value: (row) => row.remedy[language] },
  ]
  return (
    <>
      <p className="zy-import-sentence" role="status">
        {t(words, counts)}{' '}
        {check.skipped.map(({ because, rows }) => t(texts.skipped, { rows: format.number(rows), because })).join(' ')}
      </p>
      <LeftOut columns={check.leftOut} />
      {check.faults.length ? (
        <DataTable
          caption={t(texts.stepCheck)}
          rows={check.faults}
          columns={columns}
          rowKey={(row) => `${row.column} ${row.field} ${row.reason}`}
        />
      ) : null}
      {check.preview.length ? (
        <Collapse
          ghost
          items={[
            {
              key: 'preview',
              label: t(texts.preview, { count: check.preview.length }),
              children: (
                <Preview
                  rows={check.preview}
                  names={names}
                  caption={t(texts.preview, { count: check.preview.length })}
                />
              ),
            },
          ]}
        />
      ) : null}
    </>
  )
}

/** The column as the file calls it, and what it was taken for. */
const placeOf = ({ column, field }: Fault, names: Names): string => {
  if (field === null || field === column) return names.field(column)
  return `${column} → ${names.field(field)}`
}

function Preview({ rows, names, caption }: { rows: Check['preview']; names: Names; caption: string }) {
  const { t } = useLanguage()
  const { timeZone } = useReader()
  const ids = Object.keys(rows[0] ?? {}).filter((id) => id !== 'row_number')
  const empty = (id: string) => rows.every((row) => row[id] === null || row[id] === undefined)
  const columns: Column<Check['preview'][number]>[] = [
    { id: 'row_number', title: t(texts.row), numeric: true, value: (row) => Number(row.row_number) },
    ...ids.map((id) => ({
      id,
      title: id === 'attributes' ? t(texts.attribute) : names.field(id.replace(/^(unit|touchpoint)_id$/, '$1')),
      value: (row: Check['preview'][number]) => written(row[id], timeZone),
      numeric: rows.some((row) => typeof row[id] === 'number'),
      optional: id === 'attributes' || empty(id),
    })),
  ]
  return (
    <DataTable caption={caption} rows={rows} columns={columns} rowKey={(row) => JSON.stringify(row)} maxHeight={420} />
  )
}

/** A value as the reader would write it; instants in the zone of the house, not in UTC. */
function written(value: unknown, timeZone: string): string | number | boolean | null {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (value === null || value === undefined) return null
  if (typeof value !== 'string') return JSON.stringify(value)
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/.test(value)) return value
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
    new Date(`${value.replace(' ', 'T').replace(/Z?$/, '')}Z`),
  )
}
