import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { writeIn, writeSpan } from '#ui/written.ts'
import { texts } from '../texts.ts'
import type { Case } from './FindingPicture.tsx'

type Observation = Case['observations'][number]

const measured = new Set(['value', 'reference', 'difference', 'interval', 'p', 'margin', 'others', 'alpha', 'tests'])

/** What each closed period said, and at which error it was tested. */
export function Observations({ of: { finding, observations } }: { of: Case }) {
  const { t, format } = useLanguage()
  const unit = finding.metricUnit
  const write = (value: number | null, signed = false) => writeIn(unit, value, format, signed)
  const columns: Column<Observation>[] = [
    {
      id: 'period',
      title: t(texts.period),
      value: (row) => row.period,
      render: (row) => <span className="zy-nowrap">{row.period}</span>,
    },
    { id: 'value', title: t(texts.value), numeric: true, value: (row) => row.value, render: (row) => write(row.value) },
    {
      id: 'reference',
      title: t(texts.reference),
      numeric: true,
      value: (row) => row.reference,
      render: (row) => write(row.reference),
    },
    {
      id: 'difference',
      title: t(texts.difference),
      numeric: true,
      value: (row) => row.difference,
      render: (row) => write(row.difference, true),
    },
    {
      id: 'interval',
      title: t(texts.interval),
      numeric: true,
      value: (row) => writeSpan(unit, row.low, row.high, format),
    },
    { id: 'n', title: 'n', numeric: true, value: (row) => row.n, render: (row) => format.number(row.n) },
    {
      id: 'significant',
      title: t(texts.significant),
      value: (row) =>
        [t(row.significant ? texts.yes : texts.no), row.late ? t(texts.late) : ''].filter(Boolean).join(' · '),
    },
    { id: 'p', title: t(texts.pValue), numeric: true, value: (row) => row.pValue?.toPrecision(2) },
    {
      id: 'customers',
      title: t(texts.affected),
      numeric: true,
      optional: true,
      value: (row) => row.customersAffected,
      render: (row) => format.number(row.customersAffected),
    },
    { id: 'months', title: t(texts.windowMonths), numeric: true, optional: true, value: (row) => row.windowMonths },
    {
      id: 'margin',
      title: t(texts.margin),
      numeric: true,
      optional: true,
      value: (row) => row.evidence.margin,
      render: (row) => write(row.evidence.margin),
    },
    {
      id: 'others',
      title: t(texts.others),
      numeric: true,
      optional: true,
      value: (row) => row.evidence.othersChange,
      render: (row) => write(row.evidence.othersChange, true),
    },
    { id: 'alpha', title: t(texts.alpha), numeric: true, optional: true, value: (row) => row.evidence.alpha },
    { id: 'tests', title: t(texts.hypotheses), numeric: true, optional: true, value: (row) => row.evidence.hypotheses },
  ]
  return (
    <Section title={t(texts.observations)} note={t(texts.observationsNote)}>
      <DataTable
        caption={t(texts.observations)}
        rows={observations.toReversed()}
        columns={finding.direction === 'missing' ? columns.filter(({ id }) => !measured.has(id)) : columns}
        rowKey={(row) => row.id}
        maxHeight={320}
      />
    </Section>
  )
}
