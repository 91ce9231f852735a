import { useCallback, useMemo } from 'react'
import { useLanguage } from '../i18n.ts'
import type { Written } from '../interval.ts'
import { texts } from '../texts.ts'
import type { Palette } from '../tokens.ts'
import { Chart } from './Chart.tsx'
import { categoryAxis, grid, tooltip, valueAxis } from './parts.ts'

interface BarChartProps {
  title: string
  bars: readonly { name: string; value: number }[]
  written?: Written
  height?: number
  onPick?: (index: number) => void
}

/** Counts by name, lying down so that names can be read; always from zero. */
export function BarChart({ title, bars, written = { style: 'number' }, height, onPick }: BarChartProps) {
  const { t, format } = useLanguage()
  const write = useCallback(
    (value: number) =>
      format.value(value, written.style, written.digits === undefined ? {} : { digits: written.digits }),
    [format, written.style, written.digits],
  )
  const option = useCallback(
    (palette: Palette, fontSize: number) => ({
      grid: { ...grid, right: 64 },
      tooltip: tooltip(
        palette,
        fontSize,
        (index) => `${bars[index]?.name}<br><b>${write(bars[index]?.value ?? 0)}</b>`,
      ),
      xAxis: valueAxis(palette, fontSize, write, true),
      yAxis: {
        ...categoryAxis(
          palette,
          fontSize,
          bars.map((bar) => bar.name),
        ),
        inverse: true,
      },
      series: [
        {
          type: 'bar',
          data: bars.map((bar) => bar.value),
          barMaxWidth: 18,
          itemStyle: { color: palette.accent, borderRadius: [0, 3, 3, 0] },
          label: {
            show: true,
            position: 'right',
            color: palette.text,
            fontSize,
            formatter: ({ value }: { value: number }) => write(value),
          },
        },
      ],
    }),
    [bars, write],
  )
  const table = useMemo(
    () => ({
      columns: [{ title: t(texts.name) }, { title: t(texts.value), numeric: true }],
      rows: bars.map((bar) => [bar.name, bar.value]),
    }),
    [bars, t],
  )
  const most = bars.reduce<(typeof bars)[number] | undefined>(
    (top, bar) => (top && top.value >= bar.value ? top : bar),
    undefined,
  )
  return (
    <Chart
      title={title}
      description={most ? `${most.name}: ${write(most.value)}` : ''}
      option={option}
      table={table}
      height={height ?? 32 + bars.length * 28}
      {...(onPick ? { onPick } : {})}
    />
  )
}
