import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import { Time } from './Time.tsx'
import type { Summary } from './useLog.ts'
import './process.css'

const daySeconds = 86_400

/** The size of a log and the length of its cases, in one line of figures. */
export function Facts({ summary }: { summary: Summary }) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const days = (value: number | null) => (
    <Time seconds={value === null ? null : value * daySeconds} times={summary.times} />
  )
  const day = (instant: string | null) =>
    instant ? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(instant)) : '—'
  const facts = [
    [t(texts.cases), format.number(summary.cases)],
    [t(texts.events), format.number(summary.events)],
    [t(texts.activities), format.number(summary.activities)],
    [t(texts.variants), format.number(summary.variants)],
    [t(texts.edges), format.number(summary.edges)],
    [t(texts.resources), summary.resources ? format.number(summary.resources) : '—'],
    [t(texts.median), days(summary.median_days)],
    [t(texts.mean), days(summary.mean_days)],
    [t(texts.p90), days(summary.p90_days)],
    [t(texts.span), `${day(summary.first_start)} – ${day(summary.last_end)}`],
  ] as const
  return (
    <>
      <dl className="zy-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="zy-quiet zy-process-line">{t(texts.wholeLog)}</p>
    </>
  )
}
