import { useLanguage } from '../i18n.ts'
import { texts } from '../texts.ts'
import type { Limits } from './ControlChart.tsx'

interface SparkProps {
  name: string
  values: readonly (number | null)[]
  limits: Limits | null
  target?: number | null
}

const width = 200
const height = 40

/** A line small enough to stand beside its number, with its control limits shaded; drawn without the chart library. */
export function Spark({ name, values, limits, target }: SparkProps) {
  const { t } = useLanguage()
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return <div className="zy-spark" aria-hidden="true" />
  const all = [
    ...known,
    ...(limits ? [limits.lower, limits.upper] : []),
    ...(target === null || target === undefined ? [] : [target]),
  ]
  const low = Math.min(...all)
  const span = Math.max(...all) - low || 1
  const x = (index: number) => (index / Math.max(1, values.length - 1)) * width
  const y = (value: number) => height - 3 - ((value - low) / span) * (height - 6)
  const last = values.findLastIndex((value) => value !== null)
  const outside = (value: number) => limits !== null && (value > limits.upper || value < limits.lower)
  const breaks = known.filter(outside).length
  return (
    <svg
      className="zy-spark"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${name}${breaks ? `: ${breaks} × ${t(texts.outOfControl)}` : ''}`}
    >
      {limits ? (
        <rect
          x={0}
          width={width}
          y={y(limits.upper)}
          height={y(limits.lower) - y(limits.upper)}
          fill="var(--zy-sunken)"
        />
      ) : null}
      {target === null || target === undefined ? null : (
        <line
          x1={0}
          x2={width}
          y1={y(target)}
          y2={y(target)}
          stroke="var(--zy-amber)"
          strokeDasharray="4 3"
          vectorEffect="non-scaling-stroke"
        />
      )}
      <path
        d={pathOf(values, x, y)}
        fill="none"
        stroke="var(--zy-accent)"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
      {values.map((value, index) =>
        value !== null && (index === last || outside(value)) ? (
          <path
            key={index}
            d={`M${x(index)} ${y(value)}h0`}
            stroke={outside(value) ? 'var(--zy-worse)' : 'var(--zy-accent)'}
            strokeWidth={outside(value) ? 6 : 5}
            strokeLinecap={outside(value) ? 'square' : 'round'}
            vectorEffect="non-scaling-stroke"
          />
        ) : null,
      )}
    </svg>
  )
}

/** Pen down along known values, pen up over gaps. */
function pathOf(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  let drawing = false
  values.forEach((value, index) => {
    if (value !== null) path += `${drawing ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`
    drawing = value !== null
  })
  return path
}
