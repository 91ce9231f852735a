import { useMemo } from 'react'
import { ControlChart } from '#ui/charts/ControlChart.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { writeIn, writeSpan, writtenIn } from '#ui/written.ts'
import { texts } from '../texts.ts'
import type { Effect } from './shown.ts'

const fewestShown = 10
const width = 400
const height = 56

/** The estimate with its interval, against nothing at all and against what was expected: one scale, three marks. */
export function EffectScale({ effect }: { effect: Effect }) {
  const { t, format } = useLanguage()
  const { estimate, low, high, expectedEffect, metricUnit } = effect
  if (estimate === null || low === null || high === null) return null
  const from = Math.min(0, low, expectedEffect)
  const to = Math.max(0, high, expectedEffect)
  const x = (value: number) => 12 + ((value - from) / (to - from || 1)) * (width - 24)
  const colour =
    { proved: 'var(--zy-better)', worse: 'var(--zy-worse)' }[effect.verdict as 'proved'] ?? 'var(--zy-unknown)'
  const label = (at: number, words: string, y: number) => (
    // Near an edge the words grow inwards.
    <text
      x={at}
      y={y}
      textAnchor={at < 80 ? 'start' : at > width - 80 ? 'end' : 'middle'}
      fill="var(--zy-quiet)"
      fontSize={12}
    >
      {words}
    </text>
  )
  return (
    <svg
      className="zy-effect-scale"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${t(texts.estimateName)} ${writeIn(metricUnit, estimate, format, true)} ${writeSpan(metricUnit, low, high, format)}, ${t(texts.expected)} ${writeIn(metricUnit, expectedEffect, format, true)}`}
    >
      <line x1={x(0)} x2={x(0)} y1={14} y2={42} stroke="var(--zy-text)" />
      {label(x(0), '0', 54)}
      <line
        x1={x(expectedEffect)}
        x2={x(expectedEffect)}
        y1={14}
        y2={42}
        stroke="var(--zy-amber)"
        strokeDasharray="4 3"
      />
      {label(x(expectedEffect), `${t(texts.expected)} ${writeIn(metricUnit, expectedEffect, format, true)}`, 54)}
      <line x1={x(low)} x2={x(high)} y1={28} y2={28} stroke={colour} strokeWidth={3} />
      <circle cx={x(estimate)} cy={28} r={7} fill={colour} />
      {label(x(estimate), writeIn(metricUnit, estimate, format, true), 12)}
    </svg>
  )
}

/** What was measured before and after, where it was changed and where it was not. */
export function EffectSeries({ effect, startOn }: { effect: Effect; startOn: string }) {
  const { t } = useLanguage()
  const points = useMemo(
    () =>
      effect.points.map(({ from, treated, n }) => ({
        from,
        n,
        // Too few answers to show: a break in the line.
        value: n < fewestShown ? null : treated,
      })),
    [effect.points],
  )
  const beside = useMemo(
    () =>
      effect.points.some(({ control }) => control !== null)
        ? { name: t(texts.untreated), values: effect.points.map(({ control }) => control) }
        : undefined,
    [effect.points, t],
  )
  const marks = useMemo(() => [{ day: startOn, label: t(texts.startMark) }], [startOn, t])
  if (points.length === 0) return null
  const few = points.every(({ value }) => value === null)
  return (
    <Section title={t(texts.beforeAfter)}>
      {few ? <p className="zy-quiet">{t(texts.fewEach)}</p> : null}
      <ControlChart
        title={t(texts.treated)}
        points={points}
        limits={null}
        marks={marks}
        beside={beside}
        written={writtenIn(effect.metricUnit)}
      />
    </Section>
  )
}
