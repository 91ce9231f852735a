import type { AnswerOf } from '#contract/route.ts'
import { readMetrics } from '#features/experience/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { texts } from '../texts.ts'

type Metric = AnswerOf<typeof readMetrics>['metrics'][number]
const units = ['points', 'score', 'seconds', 'share', 'per_10000', 'count'] as const

/** 指标口径: what each number means, in the whole bank. */
export default function Metrics() {
  const { t, language, format } = useLanguage()
  const { permissions } = useReader()
  const query = useRead(readMetrics, {})
  const columns: Column<Metric>[] = [
    {
      id: 'name',
      title: t(texts.metric),
      value: (row) => row.name[language],
      render: (row) => <b>{row.name[language]}</b>,
      width: '15%',
    },
    { id: 'definition', title: t(texts.definition), value: (row) => row.definition[language], width: '32%' },
    { id: 'formula', title: t(texts.formula), value: (row) => row.formula[language], width: '28%' },
    {
      id: 'unit',
      title: t(texts.unit),
      value: (row) => {
        const known = units.find((unit) => unit === row.unit)
        return known ? t(texts[`unit_${known}`]) : row.unit
      },
    },
    { id: 'direction', title: t(texts.direction), value: (row) => t(texts[`direction_${row.direction}`]) },
    { id: 'version', title: t(texts.version), numeric: true, value: (row) => row.version },
    ...(permissions.has('questions.ask')
      ? [
          {
            id: 'trend',
            title: ' ',
            value: () => '',
            render: (row: Metric) => (
              <PageLink to="/questions/experience.trend" also={{ with: JSON.stringify({ metric: row.id }) }}>
                {t(texts.trend)}
              </PageLink>
            ),
          },
        ]
      : []),
  ]
  const count = query.data?.metrics.length
  return (
    <Page
      title={t(texts.metrics)}
      sentence={count === undefined ? ' ' : t(texts.metricsSentence, { count: format.number(count) })}
    >
      <Answer query={query} skeleton={<Loading rows={10} />}>
        {({ metrics }) => (
          <Section title={t(texts.metrics)}>
            <DataTable caption={t(texts.metrics)} rows={metrics} columns={columns} rowKey={(row) => row.id} />
          </Section>
        )}
      </Answer>
    </Page>
  )
}
