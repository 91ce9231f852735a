import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { PageLink } from '#ui/PageLink.tsx'
import { writeIn, writeSpan } from '#ui/written.ts'
import { texts } from '../texts.ts'
import { useFinderName } from './useFinderName.ts'
import type { Finding } from './useDecisions.ts'

/** The same findings as a table, to be sorted and taken along. */
export function FindingsTable({ items, totalOf }: { items: readonly Finding[]; totalOf?: string }) {
  const { t, language, format } = useLanguage()
  const finderName = useFinderName()
  const columns: Column<Finding>[] = [
    {
      id: 'title',
      title: t(texts.one),
      value: (row) => row.title[language],
      render: (row) => <PageLink to={`/findings/${row.id}`}>{row.title[language]}</PageLink>,
      width: '30%',
    },
    { id: 'state', title: t(texts.state), value: (row) => t(texts[`state_${row.state}`]) },
    { id: 'level', title: t(texts.severity), value: (row) => t(texts[`severity_${row.severityLevel}`]) },
    {
      id: 'value',
      title: t(texts.value),
      numeric: true,
      value: (row) => row.value,
      render: (row) => writeIn(row.metricUnit, row.value, format),
    },
    {
      id: 'reference',
      title: t(texts.reference),
      numeric: true,
      value: (row) => row.reference,
      render: (row) => writeIn(row.metricUnit, row.reference, format),
    },
    {
      id: 'difference',
      title: t(texts.difference),
      numeric: true,
      value: (row) => row.difference,
      render: (row) => writeIn(row.metricUnit, row.difference, format, true),
    },
    {
      id: 'interval',
      title: t(texts.interval),
      numeric: true,
      value: (row) => writeSpan(row.metricUnit, row.low, row.high, format),
    },
    { id: 'n', title: 'n', numeric: true, value: (row) => row.n, render: (row) => format.number(row.n) },
    {
      id: 'affected',
      title: t(texts.affected),
      numeric: true,
      value: (row) => row.customersAffected,
      render: (row) => format.number(row.customersAffected),
    },
    {
      id: 'confidence',
      title: t(texts.confidence),
      numeric: true,
      value: (row) => row.confidence,
      render: (row) => format.percent(row.confidence, { digits: 0 }),
    },
    { id: 'finder', title: t(texts.finder), value: (row) => finderName(row.finder), optional: true },
    { id: 'metric', title: t(texts.metric), value: (row) => row.metricName[language], optional: true },
    { id: 'unit', title: t(texts.unit), value: (row) => row.unitName[language], optional: true },
    { id: 'touchpoint', title: t(texts.touchpoint), value: (row) => row.touchpointName?.[language], optional: true },
    { id: 'first', title: t(texts.period), value: (row) => row.firstPeriod, optional: true },
  ]
  return (
    <DataTable
      caption={t(texts.title)}
      rows={items}
      columns={columns}
      rowKey={(row) => row.id}
      {...(totalOf ? { totalOf } : {})}
    />
  )
}
