import { readMetrics } from '#features/experience/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Loading } from '#ui/states.tsx'
import { texts } from '../texts.ts'
import { AsTable, type Case, useEvidence } from './FindingPicture.tsx'

interface CoverageRow {
  touchpoint_id: string
  metric: string
  n: number
  last_day: string
}

/** A touchpoint that nobody measures: there is nothing to draw, so it says what is missing and what is there. */
export function Unmeasured({ of: { finding, trend } }: { of: Case }) {
  const { t, language, format } = useLanguage()
  const query = useEvidence(trend)
  const metrics = useRead(readMetrics, {})
  const name = (id: string) => metrics.data?.metrics.find((metric) => metric.id === id)?.name[language] ?? id
  return (
    <Section title={t(texts.coverageOthers)} actions={<AsTable evidence={trend} />}>
      <p>{t(texts.unmeasuredWords)}</p>
      <Answer query={query} skeleton={<Loading rows={3} />}>
        {({ rows }) => {
          const here = (rows as unknown as CoverageRow[]).filter((row) => row.touchpoint_id === finding.touchpointId)
          return here.length === 0 ? (
            <p className="zy-quiet">{t(texts.coverageNothing)}</p>
          ) : (
            <table className="zy-table">
              <thead>
                <tr>
                  <th scope="col">{t(texts.metric)}</th>
                  <th scope="col" className="zy-numeric">
                    n
                  </th>
                  <th scope="col">{t(texts.lastDay)}</th>
                </tr>
              </thead>
              <tbody>
                {here.map((row) => (
                  <tr key={row.metric}>
                    <td>{name(row.metric)}</td>
                    <td className="zy-numeric">{format.number(row.n)}</td>
                    <td>{format.day(row.last_day)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }}
      </Answer>
      <p>
        <PageLink to="/model" also={{ tab: 'coverage' }}>
          {t(texts.factsCoverage)}
        </PageLink>
      </p>
    </Section>
  )
}
