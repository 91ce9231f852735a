import { useCallback, useMemo } from 'react'
import { useLanguage } from '../i18n.ts'
import type { Measured, Written } from '../interval.ts'
import { texts } from '../texts.ts'
import type { Palette } from '../tokens.ts'
import { Chart } from './Chart.tsx'
import { grid, tooltip, valueAxis } from './parts.ts'

interface FunnelPlotProps {
  title: string
  rows: readonly { id: string; name: string; measured: Measured }[]
  written: Written
  /** The names of the axes. */
  sizeName: string
  /** Times, counts and rates cannot lie below zero: neither do their limits. */
  fromZero?: boolean
  onPick?: (id: string) => void
}

interface Shown {
  id: string
  name: string
  value: number
  n: number
}

/** Standard deviation of one observation, from the intervals of all rows weighted by n (interval half-width = 1.96 σ/√n). */
function spreadOf(rows: FunnelPlotProps['rows']): number {
  let weight = 0
  let sum = 0
  for (const { measured } of rows) {
    if (measured.value === null || measured.low === null || measured.high === null) continue
    const deviation = ((measured.high - measured.low) / (2 * 1.96)) * Math.sqrt(measured.n)
    sum += deviation * deviation * measured.n
    weight += measured.n
  }
  return weight ? Math.sqrt(sum / weight) : 0
}

/** Units against their size (Spiegelhalter 2005): small ones scatter more, only what lies outside 99.8 % limits differs. */
export function FunnelPlot({ title, rows, written, sizeName, fromZero = false, onPick }: FunnelPlotProps) {
  const { t, format } = useLanguage()
  const write = useCallback(
    (value: number | null) =>
      format.value(value, written.style, written.digits === undefined ? {} : { digits: written.digits }),
    [format, written.style, written.digits],
  )
  const shape = useMemo(() => {
    const shown: Shown[] = rows.flatMap(({ id, name, measured }) =>
      measured.value === null ? [] : [{ id, name, value: measured.value, n: measured.n }],
    )
    const total = shown.reduce((sum, row) => sum + row.n, 0)
    const centre = total ? shown.reduce((sum, row) => sum + row.value * row.n, 0) / total : 0
    const spread = spreadOf(rows)
    const largest = Math.max(10, ...shown.map((row) => row.n)) * 1.05
    const sizes = Array.from({ length: 60 }, (_, index) => 10 + ((largest - 10) * index) / 59)
    const floor = fromZero ? 0 : Number.NEGATIVE_INFINITY
    const limit = (z: number) => sizes.map((n) => [n, Math.max(floor, centre + (z * spread) / Math.sqrt(n))])
    const isOutside = (row: Shown) => Math.abs(row.value - centre) > (3.09 * spread) / Math.sqrt(row.n)
    return { shown, centre, limit, outside: shown.filter(isOutside), isOutside }
  }, [rows, fromZero])
  const option = useCallback(
    (palette: Palette, fontSize: number) => {
      const line = (data: number[][], type: 'dashed' | 'solid') => ({
        type: 'line',
        data,
        symbol: 'none',
        silent: true,
        lineStyle: { color: palette.quiet, width: 1, type },
      })
      return {
        grid: { ...grid, bottom: 20 },
        tooltip: {
          ...tooltip(palette, fontSize, () => '', false),
          formatter: ({ data }: { data: { name?: string; value?: [number, number] } }) =>
            data?.name
              ? `${data.name}<br><b>${write(data.value?.[1] ?? null)}</b><br>n = ${format.number(data.value?.[0])}`
              : '',
        },
        xAxis: {
          ...valueAxis(palette, fontSize, (value) => format.number(value), true),
          name: sizeName,
          nameLocation: 'middle',
          nameGap: 26,
          splitLine: { show: false },
          nameTextStyle: { color: palette.quiet, fontSize },
        },
        yAxis: valueAxis(palette, fontSize, write, false),
        series: [
          {
            type: 'scatter',
            data: shape.shown.map((row) => ({
              name: row.name,
              value: [row.n, row.value],
              symbol: shape.isOutside(row) ? 'diamond' : 'circle',
              symbolSize: shape.isOutside(row) ? 11 : 7,
              itemStyle: { color: shape.isOutside(row) ? palette.amber : palette.accent },
            })),
          },
          line(shape.limit(0), 'solid'),
          line(shape.limit(3.09), 'dashed'),
          line(shape.limit(-3.09), 'dashed'),
        ],
      }
    },
    [shape, write, format, sizeName],
  )
  const table = useMemo(
    () => ({
      columns: [{ title: t(texts.name) }, { title: t(texts.value), numeric: true }, { title: 'n', numeric: true }],
      rows: shape.shown.map((row) => [row.name, write(row.value), row.n]),
    }),
    [shape, write, t],
  )
  const pick = useMemo(
    () => (onPick ? (index: number) => shape.shown[index] && onPick(shape.shown[index].id) : undefined),
    [onPick, shape],
  )
  const outside = shape.outside.map((row) => row.name)
  return (
    <Chart
      title={title}
      description={outside.length ? `${t(texts.outOfControl)}: ${format.list(outside)}` : t(texts.unclear)}
      option={option}
      table={table}
      {...(pick ? { onPick: pick } : {})}
    />
  )
}
