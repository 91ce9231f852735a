import { channels } from '#features/journeys/contract.ts'
import { texts as modelTexts } from '#features/journeys/texts.ts'
import { Answer } from '#ui/Answer.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { writeIn } from '#ui/written.ts'
import { texts } from '../texts.ts'
import { AsTable, type Case, useEvidence } from './FindingPicture.tsx'

interface CaseRow {
  local_day: string
  unit_id: string | null
  channel: string | null
  segment: string | null
  kind: string
  measured: number | null
  outcome: string | null
}

const known = (words: Record<string, unknown>, key: string): key is keyof typeof texts => key in words

/** Single facts behind the finding, the worst first; none of them names a customer. */
export function FindingCases({ of: { finding, cases } }: { of: Case }) {
  const { t, language, format } = useLanguage()
  const { places } = useReader()
  const query = useEvidence(cases)
  const say = (prefix: string, code: string | null): string => {
    if (code === null) return '—'
    const key = `${prefix}_${code}`
    return known(texts, key) ? t(texts[key]) : code
  }
  const unit = (id: string | null) => {
    const place = places.find((one) => one.id === id)
    return place ? nameIn(place, language) : id
  }
  const channel = (code: string | null) => {
    const one = channels.find((other) => other === code)
    return one ? t(modelTexts[`channel_${one}`]) : code
  }
  // Scores of a single answer are whole; a rate's single case has a duration or nothing.
  const unitOfCase = ['points', 'score'].includes(finding.metricUnit) ? 'count' : 'seconds'
  const columns: Column<CaseRow>[] = [
    { id: 'day', title: t(texts.day), value: (row) => row.local_day, render: (row) => format.day(row.local_day) },
    { id: 'unit', title: t(texts.unit), value: (row) => unit(row.unit_id) },
    { id: 'channel', title: t(texts.channel), value: (row) => channel(row.channel) },
    { id: 'kind', title: t(texts.kind), value: (row) => say('kind', row.kind) },
    {
      id: 'measured',
      title: t(texts.measured),
      numeric: true,
      value: (row) => row.measured,
      render: (row) => writeIn(unitOfCase, row.measured, format),
    },
    { id: 'outcome', title: t(texts.outcome), value: (row) => say('outcome', row.outcome) },
    { id: 'segment', title: t(texts.segment), value: (row) => row.segment, optional: true },
  ]
  return (
    <Section title={t(texts.cases)} note={t(texts.casesNote)} actions={<AsTable evidence={cases} />}>
      <Answer query={query} skeleton={<Loading rows={6} />}>
        {({ rows }) =>
          rows.length === 0 ? (
            <p className="zy-quiet">{t(texts.noCases)}</p>
          ) : (
            <DataTable
              caption={t(texts.cases)}
              rows={rows.map((row, index) => ({ ...(row as unknown as CaseRow), key: String(index) }))}
              columns={columns}
              rowKey={(row) => (row as CaseRow & { key: string }).key}
              maxHeight={320}
            />
          )
        }
      </Answer>
    </Section>
  )
}
