import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { readLedger } from '../contract.ts'
import { texts } from '../texts.ts'
import { finderIds, useFinderName } from './useFinderName.ts'

type Line = AnswerOf<typeof readLedger>['periods'][number]

/** What was tested when, at which allotted error: each closed month once. */
export function Ledger() {
  const { t } = useLanguage()
  const query = useRead(readLedger, {})
  return (
    <Answer query={query} skeleton={<Loading rows={10} />}>
      {({ periods }) => (periods.length === 0 ? <Empty title={t(texts.neverTested)} /> : <Filled lines={periods} />)}
    </Answer>
  )
}

/** The ledger in words. */
export function useLedgerSentence(): string {
  const { t, format } = useLanguage()
  const { data } = useRead(readLedger, {})
  if (!data) return ' '
  const statistical = data.periods.filter(({ alpha }) => alpha > 0)
  const sum = (key: 'hypotheses' | 'rejected') => statistical.reduce((total, line) => total + (line[key] ?? 0), 0)
  const known = {
    alpha: format.percent(data.alphaPerYear),
    months: new Set(data.periods.map(({ period }) => period)).size,
  }
  if (statistical.some(({ hypotheses }) => hypotheses === null)) return t(texts.ledgerSentenceOfPart, known)
  return t(texts.ledgerSentence, {
    ...known,
    tests: format.number(sum('hypotheses')),
    raised: format.number(sum('rejected')),
  })
}

function Filled({ lines }: { lines: readonly Line[] }) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const finderName = useFinderName()
  const months = [...new Set(lines.map(({ period }) => period))].sort()
  const shown = months.slice(-12)
  const order = (id: string) => (finderIds as readonly string[]).indexOf(id)
  const finders = [...new Set(lines.map(({ finder }) => finder))].sort((a, b) => order(a) - order(b))
  const written = (count: number | null) => (count === null ? '—' : format.number(count))
  const columns: Column<Line>[] = [
    { id: 'period', title: t(texts.period), value: (row) => row.period },
    { id: 'finder', title: t(texts.finder), value: (row) => finderName(row.finder) },
    {
      id: 'alpha',
      title: t(texts.alpha),
      numeric: true,
      value: (row) => (row.alpha ? row.alpha.toPrecision(3) : null),
    },
    {
      id: 'hypotheses',
      title: t(texts.hypotheses),
      numeric: true,
      value: (row) => row.hypotheses,
      render: (row) => written(row.hypotheses),
    },
    { id: 'raised', title: t(texts.raised), numeric: true, value: (row) => row.rejected },
    {
      id: 'facts',
      title: t(texts.factsN),
      numeric: true,
      value: (row) => row.factsN,
      render: (row) => written(row.factsN),
    },
    {
      id: 'late',
      title: t(texts.lateN),
      numeric: true,
      value: (row) => row.lateN,
      render: (row) => written(row.lateN),
    },
    {
      id: 'at',
      title: t(texts.testedAt),
      value: (row) => row.testedAt,
      render: (row) => format.instant(row.testedAt, timeZone),
    },
    { id: 'version', title: t(texts.finderVersion), numeric: true, value: (row) => row.finderVersion, optional: true },
  ]
  return (
    <>
      <Section title={t(texts.ledgerPicture)}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <section className="zy-table-scroll" tabIndex={0} aria-label={t(texts.ledgerPicture)}>
          <table className="zy-table zy-ledger">
            <thead>
              <tr>
                <th scope="col">{t(texts.finder)}</th>
                {shown.map((month) => (
                  <th key={month} scope="col" className="zy-numeric">
                    {month.slice(2)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {finders.map((finder) => (
                <tr key={finder}>
                  <th scope="row">{finderName(finder)}</th>
                  {shown.map((month) => {
                    const line = lines.find((one) => one.finder === finder && one.period === month)
                    return (
                      <td key={month} className={line?.rejected ? 'zy-numeric zy-ledger-raised' : 'zy-numeric'}>
                        {line?.rejected == null ? (
                          line ? (
                            t(texts.tested)
                          ) : (
                            '—'
                          )
                        ) : (
                          <>
                            <b>{line.rejected}</b>
                            <small className="zy-quiet"> / {written(line.hypotheses)}</small>
                          </>
                        )}
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </Section>
      <Section title={t(texts.ledger)} note={t(texts.observationsNote)}>
        <DataTable
          caption={t(texts.ledger)}
          rows={lines}
          columns={columns}
          rowKey={(row) => `${row.finder} ${row.period}`}
        />
      </Section>
    </>
  )
}
