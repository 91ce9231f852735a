import { nameIn, useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { writeIn, writeSize } from '#ui/written.ts'
import { texts } from '../texts.ts'
import type { Action } from './shown.ts'
import { useMetrics } from './useMetrics.ts'
import { usePeople } from './usePeople.ts'
import './improvement.css'

const hashShown = 16

/** What was said before it began: measure, guards, expectation, design and dates, under lock, name and fingerprint. */
export function Registration({ action }: { action: Action }) {
  const { t, language, format } = useLanguage()
  const { timeZone, places } = useReader()
  const { nameOf } = usePeople()
  const metrics = useMetrics()
  const unitName = (id: string) => {
    const place = places.find((one) => one.id === id)
    return place ? nameIn(place, language) : id
  }
  const rows: [string, React.ReactNode][] = [
    [t(texts.measure), action.measureText[language]],
    [t(texts.units), format.list(action.measure.unitIds.map(unitName))],
    [t(texts.expected), <b key="expected">{writeIn(action.metricUnit, action.expectedEffect, format, true)}</b>],
    [t(texts.design), t(texts[`design_${action.design}`])],
    [
      t(texts.guards),
      action.guards.length === 0 ? (
        t(texts.noGuards)
      ) : (
        <ul key="guards">
          {action.guards.map((guard) => {
            const metric = metrics.find(({ id }) => id === guard.metric)
            return (
              <li key={`${guard.metric} ${guard.touchpointId}`}>
                {metric?.name[language] ?? guard.metric} · {t(texts.tolerance)}{' '}
                {guard.tolerance === null
                  ? t(texts.toleranceNone)
                  : writeSize(metric?.unit ?? '', guard.tolerance, format)}
              </li>
            )
          })}
        </ul>
      ),
    ],
    [t(texts.start), format.day(action.startOn)],
    [t(texts.judged), format.day(action.analysisOn)],
  ]
  return (
    <Section
      title={t(texts.registration)}
      note={
        action.lockedAt
          ? t(texts.lockedBy, { name: nameOf(action.lockedBy), at: format.instant(action.lockedAt, timeZone) })
          : t(texts.notLocked)
      }
    >
      <dl className="zy-registration">
        {rows.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {action.registrationHash ? (
          <>
            <dt>{t(texts.hash)}</dt>
            <dd>
              <code title={action.registrationHash}>{action.registrationHash.slice(0, hashShown)}…</code>{' '}
              {action.registrationIntact === null ? null : (
                <span className={action.registrationIntact ? 'zy-intact' : 'zy-broken'}>
                  {t(action.registrationIntact ? texts.intact : texts.broken)}
                </span>
              )}
            </dd>
          </>
        ) : null}
      </dl>
    </Section>
  )
}
