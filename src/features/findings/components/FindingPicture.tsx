import { useMemo } from 'react'
import { askQuestion } from '#features/questions/contract.ts'
import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { DotWhisker } from '#ui/charts/DotWhisker.tsx'
import { FunnelPlot } from '#ui/charts/FunnelPlot.tsx'
import { TrendChart } from '#ui/charts/TrendChart.tsx'
import { useLanguage } from '#ui/i18n.ts'
import type { Measured } from '#ui/interval.ts'
import { Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Loading } from '#ui/states.tsx'
import { texts as kit } from '#ui/texts.ts'
import { writtenIn, zeroBased } from '#ui/written.ts'
import type { readFinding } from '../contract.ts'
import { texts } from '../texts.ts'

export type Case = AnswerOf<typeof readFinding>
export type Evidence = Case['trend']

interface CellRow extends Measured {
  month: string | null
}
interface PeerRow extends Measured {
  unit_id: string
  name: string
  name_en: string
}

/** Asks the question behind a picture. */
export const useEvidence = (evidence: Evidence | null) =>
  useRead(
    askQuestion,
    { params: { question: evidence?.question ?? '-' }, body: evidence?.parameters ?? {} },
    { enabled: evidence !== null },
  )

/** Leads to the question behind a picture, with its parameters. */
export function AsTable({ evidence }: { evidence: Evidence }) {
  const { t } = useLanguage()
  return (
    <PageLink to={`/questions/${evidence.question}`} also={{ with: JSON.stringify(evidence.parameters) }}>
      {t(kit.openAsTable)}
    </PageLink>
  )
}

/** The place of the finding month by month, against what it was held to. */
export function FindingTrend({ of: { finding, observations, trend } }: { of: Case }) {
  const { t, language } = useLanguage()
  const query = useEvidence(trend)
  const newest = observations.at(-1)
  const compared = newest?.evidence.comparedWith.kind
  const target = compared === 'target' ? finding.reference : undefined
  const level = useMemo(
    () =>
      finding.reference === null || compared === 'target' || compared === 'coverage' || !compared
        ? undefined
        : { value: finding.reference, name: t(texts[`reference_${compared}`]) },
    [finding.reference, compared, t],
  )
  const marks = useMemo(
    () => [{ day: `${finding.firstPeriod}-01`, label: t(texts.firstSeen) }],
    [finding.firstPeriod, t],
  )
  const points = useMemo(
    () =>
      ((query.data?.rows ?? []) as unknown as CellRow[]).flatMap((row) =>
        row.month === null ? [] : [{ ...row, from: row.month }],
      ),
    [query.data],
  )
  return (
    <Section title={t(texts.trend)} note={t(texts.trendNote)} actions={<AsTable evidence={trend} />}>
      <Answer query={query} skeleton={<Loading height={260} />}>
        {() => (
          <TrendChart
            title={finding.metricName[language]}
            points={points}
            written={writtenIn(finding.metricUnit)}
            target={target}
            level={level}
            marks={marks}
            fromZero={zeroBased(finding.metricUnit)}
          />
        )}
      </Answer>
    </Section>
  )
}

const peersInTable = 14

/** The same measure in the units of the same level: is it this one alone? */
export function FindingPeers({ of: { finding, comparison, observations } }: { of: Case }) {
  const { t, language } = useLanguage()
  const query = useEvidence(comparison)
  const target = observations.at(-1)?.evidence.comparedWith.kind === 'target' ? finding.reference : null
  const name = `${t(texts.peers)} · ${finding.metricName[language]}`
  const rows = useMemo(
    () =>
      ((query.data?.rows ?? []) as unknown as PeerRow[]).map((row) => ({
        id: row.unit_id,
        name: language === 'en' ? row.name_en : row.name,
        measured: row,
      })),
    [query.data, language],
  )
  if (!comparison) return null
  const named = (id: string, unit: string) => (id === finding.unitId ? `${unit} (${t(texts.thisUnit)})` : unit)
  return (
    <Section title={name} note={t(texts.peersNote)} actions={<AsTable evidence={comparison} />}>
      <Answer query={query} skeleton={<Loading rows={5} />}>
        {() =>
          rows.length < 2 ? (
            <p className="zy-quiet">{t(texts.noPeers)}</p>
          ) : rows.length > peersInTable ? (
            <FunnelPlot
              title={finding.metricName[language]}
              sizeName="n"
              written={writtenIn(finding.metricUnit)}
              fromZero={zeroBased(finding.metricUnit)}
              rows={rows.map((row) => ({ ...row, name: named(row.id, row.name) }))}
            />
          ) : (
            <DotWhisker
              caption={name}
              nameHead={t(texts.unit)}
              written={writtenIn(finding.metricUnit)}
              target={target}
              rows={rows.map((row) => ({
                ...row,
                name: row.id === finding.unitId ? <b>{named(row.id, row.name)}</b> : row.name,
              }))}
            />
          )
        }
      </Answer>
    </Section>
  )
}
