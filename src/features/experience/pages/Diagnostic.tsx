import type { z } from 'zod'
import { Answer } from '#ui/Answer.tsx'
import { useAddress, useReading } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { Change, Figure } from '#ui/Figure.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { Loading } from '#ui/states.tsx'
import { type indicator, readDiagnostic } from '../contract.ts'
import { texts } from '../texts.ts'
import { NoFactsThen } from '../components/NoFactsThen.tsx'
import { writtenIn } from '../components/written.ts'
import '../components/overview.css'

type Indicator = z.infer<typeof indicator>

/** 体验诊断: the same period through five lenses; what cannot be computed says what it lacks. */
export default function Diagnostic() {
  const { t, language, format } = useLanguage()
  const reading = useReading()
  const { address } = useAddress()
  const query = useRead(readDiagnostic, {
    query: { ...reading, ...(address.channel ? { channel: address.channel } : {}) },
  })
  return (
    <Answer
      query={query}
      skeleton={
        <Page title={t(texts.diagnostic)}>
          <Loading rows={14} />
        </Page>
      }
    >
      {(diagnostic) => (
        <Page title={t(texts.diagnostic)} sentence={diagnostic.sentence[language]}>
          <p className="zy-quiet">
            {t(texts.compared, {
              from: format.day(diagnostic.period.from),
              to: format.day(diagnostic.period.to),
              beforeFrom: format.day(diagnostic.compared.from),
              beforeTo: format.day(diagnostic.compared.to),
            })}
          </p>
          <NoFactsThen from={diagnostic.period.from} />
          {diagnostic.lenses.map((lens) => (
            <Section key={lens.lens} title={lens.name[language]} note={lens.sentence[language]}>
              <Lens name={lens.name[language]} indicators={lens.indicators} />
            </Section>
          ))}
        </Page>
      )}
    </Answer>
  )
}

function Lens({ name, indicators }: { name: string; indicators: readonly Indicator[] }) {
  const { t, language } = useLanguage()
  const columns: Column<Indicator>[] = [
    {
      id: 'name',
      title: t(texts.indicator),
      value: (row) => row.name[language],
      render: (row) => <span title={row.definition[language]}>{row.name[language]}</span>,
      width: '22%',
    },
    {
      id: 'now',
      title: t(texts.current),
      width: '28%',
      value: (row) => row.figure.value,
      render: (row) =>
        row.missing ? (
          <span className="zy-quiet">{t(texts.missing, { what: row.missing[language] })}</span>
        ) : (
          <Figure name={row.name[language]} measured={row.figure} written={writtenIn(row.unit)} />
        ),
    },
    {
      id: 'change',
      title: t(texts.change),
      width: '12%',
      value: (row) => row.change?.difference ?? null,
      render: (row) => (row.change ? <Change change={row.change} written={writtenIn(row.unit)} /> : '—'),
    },
    {
      id: 'where',
      title: t(texts.where),
      value: (row) => row.where.map((place) => place.name[language]).join('; '),
      render: (row) =>
        row.where.length === 0 ? (
          '—'
        ) : (
          <ul className="zy-where">
            {row.where.map((place) => (
              <li key={place.name.zh}>
                {place.name[language]}{' '}
                <Figure name={place.name[language]} measured={place.figure} written={writtenIn(row.unit)} />
              </li>
            ))}
          </ul>
        ),
    },
    { id: 'definition', title: t(texts.howComputed), value: (row) => row.definition[language], optional: true },
  ]
  return <DataTable caption={name} rows={indicators} columns={columns} rowKey={(row) => row.id} exportName={name} />
}
