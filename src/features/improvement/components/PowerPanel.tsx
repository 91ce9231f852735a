import { Button } from 'antd'
import { useEffect, useMemo, useState } from 'react'
import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { Loading } from '#ui/states.tsx'
import { writeIn, writeSize } from '#ui/written.ts'
import { askPower } from '../contract.ts'
import { texts } from '../texts.ts'
import { type Draft, effectOf, type Metric } from './draft.ts'
import { useMetrics } from './useMetrics.ts'
import '#ui/table.css'

interface PowerPanelProps {
  draft: Partial<Draft>
  /** The reader has not chosen a design himself: the advised one is taken. */
  follow: boolean
  onDay(day: string): void
  onDesign(design: Draft['design']): void
}

const restMilliseconds = 500

/** How long until the expected effect can be seen; asked once the reader rests from typing. */
export function PowerPanel({ draft, follow, onDay, onDesign }: PowerPanelProps) {
  const { t } = useLanguage()
  const metrics = useMetrics()
  const metric = metrics.find(({ id }) => id === draft.metric)
  const { size, design, unitIds, touchpointId, startOn } = draft
  const wanted =
    metric && size && design && unitIds?.length
      ? JSON.stringify({
          measure: { metric: metric.id, touchpointId: touchpointId ?? null, unitIds, segment: null },
          design,
          expectedEffect: effectOf(metric, size),
          ...(startOn ? { startOn } : {}),
        })
      : undefined
  const [rested, setRested] = useState(wanted)
  useEffect(() => {
    const timer = setTimeout(() => setRested(wanted), restMilliseconds)
    return () => clearTimeout(timer)
  }, [wanted])
  const body = useMemo(
    () => (rested ? JSON.parse(rested) : { measure: { metric: '-', touchpointId: null, unitIds: ['-'] } }),
    [rested],
  )
  // Not renewed: the advised design would change in the form while it is being filled in.
  const query = useRead(askPower, { body }, { enabled: rested !== undefined, renewed: false })
  const advised = query.data?.advised
  // biome-ignore lint/correctness/useExhaustiveDependencies: followed when the advice changes, not at each rendering
  useEffect(() => {
    if (follow && advised && advised !== design) onDesign(advised)
  }, [advised])
  return (
    <Section title={t(texts.power)}>
      {rested === undefined || !metric ? (
        <p className="zy-quiet">{t(texts.powerAsk)}</p>
      ) : (
        <Answer query={query} skeleton={<Loading rows={5} />}>
          {(power) => <Power power={power} metric={metric} design={design} onDay={onDay} onDesign={onDesign} />}
        </Answer>
      )}
    </Section>
  )
}

interface PowerProps {
  power: AnswerOf<typeof askPower>
  metric: Metric
  design: Draft['design'] | undefined
  onDay(day: string): void
  onDesign(design: Draft['design']): void
}

function Power({ power, metric, design, onDay, onDesign }: PowerProps) {
  const { t, language, format } = useLanguage()
  const { analysisOn, advised } = power
  return (
    <>
      <p>
        <b>{power.weeks === null ? power.reason?.[language] : t(texts.powerWeeks, { weeks: power.weeks })}</b>
      </p>
      {analysisOn ? (
        <Button size="small" onClick={() => onDay(analysisOn)}>
          {t(texts.powerUse, { day: format.day(analysisOn) })}
        </Button>
      ) : null}
      <p className="zy-quiet">
        {t(texts.powerBaseline, {
          value: writeIn(metric.unit, power.baseline.value, format),
          weeks: power.baseline.weeks,
          n: format.number(power.baseline.n),
        })}
        <br />
        {t(texts.powerControls, { count: power.controls.length })}
      </p>
      {advised !== design ? (
        <p>
          {t(texts.powerAdvised, {
            design: t(texts[`designShort_${advised}`]),
            why: power.advisedBecause[language],
          })}{' '}
          <Button size="small" type="link" onClick={() => onDesign(advised)}>
            {t(texts.powerUseDesign)}
          </Button>
        </p>
      ) : null}
      {power.curve.length > 0 ? (
        <table className="zy-table">
          <caption className="zy-visually-hidden">{t(texts.powerCurve)}</caption>
          <thead>
            <tr>
              <th scope="col">{t(texts.week)}</th>
              <th scope="col" className="zy-numeric">
                {t(texts.detectable)}
              </th>
              <th scope="col" className="zy-numeric">
                {t(texts.powerShare)}
              </th>
            </tr>
          </thead>
          <tbody>
            {power.curve.map((row) => (
              <tr key={row.weeks}>
                <td className="zy-nowrap">{t(texts.weeks, { weeks: row.weeks })}</td>
                <td className="zy-numeric">{writeSize(metric.unit, row.detectable, format)}</td>
                <td className="zy-numeric">{format.percent(row.power, { digits: 0 })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </>
  )
}
