import { useLanguage } from '#ui/i18n.ts'
import { writeIn, writeSpan } from '#ui/written.ts'
import { texts } from '../texts.ts'
import type { Finding } from './useDecisions.ts'

const width = 120
const height = 16

/** How far from its reference, and how sure: the interval beside the line of no difference. Each on a scale of its own. */
export function DifferenceWhisker({ item }: { item: Finding }) {
  const { t, format } = useLanguage()
  const { difference, low, high, metricUnit } = item
  if (difference === null || low === null || high === null) return null
  const size = Math.max(Math.abs(low), Math.abs(high), Math.abs(difference)) || 1
  const down = difference < 0
  const x = (value: number) => (down ? width - 6 + (value / size) * (width - 12) : 6 + (value / size) * (width - 12))
  const clamp = (value: number) => Math.min(width - 1, Math.max(1, x(value)))
  return (
    <svg
      className="zy-difference"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={t(texts.whiskerLabel, {
        difference: writeIn(metricUnit, difference, format, true),
        interval: writeSpan(metricUnit, low, high, format),
      })}
    >
      <line x1={x(0)} x2={x(0)} y1={0} y2={height} stroke="var(--zy-quiet)" />
      <line x1={clamp(low)} x2={clamp(high)} y1={height / 2} y2={height / 2} stroke="var(--zy-worse)" strokeWidth={2} />
      <circle cx={x(difference)} cy={height / 2} r={4} fill="var(--zy-worse)" />
    </svg>
  )
}
