import type { z } from 'zod'
import type { figure } from '../contract.ts'
import { Evidence } from '#ui/Evidence.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { PageLink } from '#ui/PageLink.tsx'
import { useRead } from '#ui/api.tsx'
import { texts as kit } from '#ui/texts.ts'
import { readMetrics } from '../contract.ts'
import { writtenOf } from './written.ts'

interface MetricEvidenceProps {
  metric: string
  place?: string
  figure: z.infer<typeof figure>
  target: number | null
  period: { from: string; to: string }
  newestDay?: string | null
  evidence: { question: string; parameters: Record<string, unknown> }
}

/** What a metric's number means and rests on, from its definition; leads to the question behind it. */
export function MetricEvidence(props: MetricEvidenceProps) {
  const { t, language, format } = useLanguage()
  const { data } = useRead(readMetrics, {})
  const definition = data?.metrics.find(({ id }) => id === props.metric)
  const name = definition?.name[language] ?? props.metric
  return (
    <Evidence
      name={props.place ? `${props.place} · ${name}` : name}
      definition={definition?.definition[language]}
      formula={definition?.formula[language]}
      version={definition?.version}
      measured={props.figure}
      written={writtenOf(props.metric)}
      target={props.target}
      period={`${format.day(props.period.from)} – ${format.day(props.period.to)}`}
      upTo={props.newestDay ?? undefined}
      actions={
        <PageLink
          to={`/questions/${props.evidence.question}`}
          also={{ with: JSON.stringify(props.evidence.parameters) }}
        >
          {t(kit.openAsTable)}
        </PageLink>
      }
    />
  )
}
