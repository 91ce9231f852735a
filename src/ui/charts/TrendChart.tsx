import { useCallback, useMemo } from 'react'
import { useLanguage } from '../i18n.ts'
import type { Written } from '../interval.ts'
import { texts } from '../texts.ts'
import type { Palette } from '../tokens.ts'
import { Chart } from './Chart.tsx'
import { grid, horizontal, timeAxis, tooltip, valueAxis, verticalMark } from './parts.ts'

export interface Point {
  from: string
  /** Null where there is too little to show: a break in the line. */
  value: number | null
  low: number | null
  high: number | null
  n: number
}

interface TrendChartProps {
  title: string
  points: readonly Point[]
  written: Written
  target?: number | null | undefined
  /** Another level to compare with, under its own name: the past, the others. */
  level?: { value: number; name: string } | null | undefined
  /** Days on which something happened: a change went live, a finding was raised. */
  marks?: readonly { day: string; label: string }[]
  /** Counts and times begin at zero. */
  fromZero?: boolean
  height?: number
}

/** A value through time with its interval as a band; gaps stay gaps. */
export function TrendChart({ title, points, written, target, level, marks = [], fromZero, height }: TrendChartProps) {
  const { t, format } = useLanguage()
  const write = useCallback(
    (value: number | null) =>
      format.value(value, written.style, written.digits === undefined ? {} : { digits: written.digits }),
    [format, written.style, written.digits],
  )
  const option = useCallback(
    (palette: Palette, fontSize: number) => ({
      grid,
      tooltip: tooltip(palette, fontSize, (index) => {
        const point = points[index]
        if (!point) return ''
        if (point.value === null) return `${format.day(point.from)}<br>${t(texts.hidden)} · n = ${point.n}`
        const band = point.low === null ? '' : `<br>${t(texts.interval)} ${write(point.low)} – ${write(point.high)}`
        return `${format.day(point.from)}<br><b>${write(point.value)}</b>${band}<br>n = ${format.number(point.n)}`
      }),
      xAxis: timeAxis(
        palette,
        fontSize,
        points.map((point) => point.from),
      ),
      yAxis: valueAxis(palette, fontSize, write, Boolean(fromZero)),
      series: [
        ...band(points, palette),
        {
          type: 'line',
          data: points.map((point) => point.value),
          symbol: 'circle',
          symbolSize: points.length > 40 ? 3 : 5,
          itemStyle: { color: palette.accent },
          lineStyle: { color: palette.accent, width: 2 },
          connectNulls: false,
          markLine: {
            silent: true,
            symbol: 'none',
            // Or a level of 0.986 is drawn at 0.99.
            precision: 12,
            data: [
              ...(target === null || target === undefined
                ? []
                : [
                    horizontal(target, `${t(texts.target)} ${write(target)}`, palette.amber, fontSize, palette.surface),
                  ]),
              ...(level
                ? [
                    horizontal(
                      level.value,
                      `${level.name} ${write(level.value)}`,
                      palette.quiet,
                      fontSize,
                      palette.surface,
                      'insideStartTop',
                    ),
                  ]
                : []),
              ...marks.map((mark) => verticalMark(mark, points, palette, fontSize)),
            ],
          },
        },
      ],
    }),
    [points, target, level, marks, fromZero, write, format, t],
  )
  const latest = points.findLast((point) => point.value !== null)
  const table = useMemo(
    () => ({
      columns: [
        { title: t(texts.from) },
        { title: t(texts.value), numeric: true },
        { title: t(texts.low), numeric: true },
        { title: t(texts.high), numeric: true },
        { title: 'n', numeric: true },
      ],
      rows: points.map((point) => [point.from, write(point.value), write(point.low), write(point.high), point.n]),
    }),
    [points, write, t],
  )
  return (
    <Chart
      title={title}
      description={t(texts.trendOf, {
        name: title,
        count: points.length,
        first: format.day(points[0]?.from),
        last: format.day(points.at(-1)?.from),
        value: latest ? write(latest.value) : t(texts.hidden),
      })}
      option={option}
      table={table}
      {...(height ? { height } : {})}
    />
  )
}

/** Two stacked lines, the lower one unseen: the area between them is the interval. */
function band(points: readonly Point[], palette: Palette) {
  if (points.every((point) => point.low === null)) return []
  const common = {
    type: 'line',
    stack: 'interval',
    stackStrategy: 'all',
    symbol: 'none',
    silent: true,
    lineStyle: { opacity: 0 },
    connectNulls: false,
  }
  return [
    { ...common, data: points.map((point) => point.low) },
    {
      ...common,
      data: points.map((point) => (point.high === null || point.low === null ? null : point.high - point.low)),
      areaStyle: { color: palette.accent, opacity: 0.16 },
    },
  ]
}
