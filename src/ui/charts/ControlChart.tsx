import { useCallback, useMemo } from 'react'
import { useLanguage } from '../i18n.ts'
import type { Written } from '../interval.ts'
import { texts } from '../texts.ts'
import type { Palette } from '../tokens.ts'
import { Chart } from './Chart.tsx'
import { grid, horizontal, timeAxis, tooltip, valueAxis, verticalMark } from './parts.ts'

export interface Limits {
  centre: number
  lower: number
  upper: number
}

interface ControlChartProps {
  title: string
  points: readonly { from: string; value: number | null; n?: number | undefined }[]
  limits: Limits | null
  /** Limits point by point, where they vary with what a point rests on; `limits` then spans them. */
  bounds?: readonly { lower: number | null; upper: number | null }[] | undefined
  /** Indexes of the points that break a rule, with the rule's name. */
  signals?: readonly { index: number; rule: string }[]
  marks?: readonly { day: string; label: string }[]
  /** Another series at the same times, under its name: those that nobody acted on. */
  beside?: { name: string; values: readonly (number | null)[] } | undefined
  written: Written
  height?: number
}

interface Range {
  min: number
  max: number
}

const spanOf = (range: Range, limits: Limits): number =>
  Math.max(range.max, limits.upper) - Math.min(range.min, limits.lower)

/** A Shewhart chart: points, centre line and limits; what breaks a rule is a diamond, not only red. */
export function ControlChart({
  title,
  points,
  limits,
  bounds,
  signals = [],
  marks = [],
  beside,
  written,
  height,
}: ControlChartProps) {
  const { t, format } = useLanguage()
  const write = useCallback(
    (value: number | null) =>
      format.value(value, written.style, written.digits === undefined ? {} : { digits: written.digits }),
    [format, written.style, written.digits],
  )
  const ruleAt = useMemo(() => new Map(signals.map((signal) => [signal.index, signal.rule])), [signals])
  const option = useCallback(
    (palette: Palette, fontSize: number) => ({
      grid: { ...grid, right: 24, ...(beside ? { top: 28 + fontSize } : {}) },
      // The name of the other series stands above the drawing: within it any place may be taken by a line.
      ...(beside
        ? {
            legend: {
              data: [beside.name],
              top: 0,
              right: 24,
              selectedMode: false,
              itemWidth: 22,
              // The line alone: its points are not drawn either.
              itemStyle: { opacity: 0 },
              textStyle: { color: palette.quiet, fontSize },
            },
          }
        : {}),
      tooltip: tooltip(palette, fontSize, (index) => {
        const point = points[index]
        if (!point) return ''
        const rule = ruleAt.get(index)
        return `${format.day(point.from)}<br><b>${write(point.value)}</b>${point.n === undefined ? '' : `<br>n = ${format.number(point.n)}`}${beside ? `<br>${beside.name} ${write(beside.values[index] ?? null)}` : ''}${rule ? `<br>${rule}` : ''}`
      }),
      xAxis: timeAxis(
        palette,
        fontSize,
        points.map((point) => point.from),
      ),
      yAxis: valueAxis(palette, fontSize, write, false, {
        ...(limits
          ? {
              // Room above for the words of the marks; the ends are no round numbers and stay unwritten.
              min: (range: Range) => Math.min(range.min, limits.lower) - 0.04 * spanOf(range, limits),
              max: (range: Range) => Math.max(range.max, limits.upper) + 0.12 * spanOf(range, limits),
              axisLabel: {
                color: palette.quiet,
                fontSize,
                formatter: write,
                showMinLabel: false,
                showMaxLabel: false,
              },
            }
          : {}),
      }),
      series: [
        ...(beside
          ? [
              {
                type: 'line',
                name: beside.name,
                data: beside.values,
                symbol: 'none',
                itemStyle: { color: palette.quiet },
                lineStyle: { color: palette.quiet, width: 1.5, type: 'dotted' },
              },
            ]
          : []),
        ...(bounds
          ? (['upper', 'lower'] as const).map((side) => ({
              type: 'line',
              data: bounds.map((bound) => bound[side]),
              step: 'middle',
              symbol: 'none',
              silent: true,
              lineStyle: { color: palette.amber, width: 1, type: 'dashed' },
            }))
          : []),
        {
          type: 'line',
          data: points.map((point, index) =>
            ruleAt.has(index)
              ? { value: point.value, symbol: 'diamond', symbolSize: 11, itemStyle: { color: palette.amber } }
              : point.value,
          ),
          symbol: 'circle',
          symbolSize: 5,
          showAllSymbol: true,
          itemStyle: { color: palette.accent },
          lineStyle: { color: palette.accent, width: 1.5 },
          markLine: {
            silent: true,
            symbol: 'none',
            // Or a level of 0.986 is drawn at 0.99.
            precision: 12,
            data: [
              ...(limits
                ? [
                    horizontal(
                      limits.centre,
                      `${t(texts.centre)} ${write(limits.centre)}`,
                      palette.quiet,
                      fontSize,
                      palette.surface,
                    ),
                  ]
                : []),
              ...(limits && !bounds
                ? [
                    horizontal(
                      limits.upper,
                      `${t(texts.upperLimit)} ${write(limits.upper)}`,
                      palette.amber,
                      fontSize,
                      palette.surface,
                    ),
                    horizontal(
                      limits.lower,
                      `${t(texts.lowerLimit)} ${write(limits.lower)}`,
                      palette.amber,
                      fontSize,
                      palette.surface,
                    ),
                  ]
                : []),
              ...marks.map((mark) => verticalMark(mark, points, palette, fontSize)),
            ],
          },
        },
      ],
    }),
    [points, limits, bounds, ruleAt, marks, beside, write, format, t],
  )
  const table = useMemo(
    () => ({
      columns: [
        { title: t(texts.from) },
        { title: t(texts.value), numeric: true },
        { title: 'n', numeric: true },
        ...(beside ? [{ title: beside.name, numeric: true }] : []),
        { title: '' },
      ],
      rows: points.map((point, index) => [
        point.from,
        write(point.value),
        point.n,
        ...(beside ? [write(beside.values[index] ?? null)] : []),
        ruleAt.get(index) ?? '',
      ]),
    }),
    [points, ruleAt, beside, write, t],
  )
  const broken = signals.length ? `${signals.length} × ${t(texts.outOfControl)}` : ''
  const spoken = limits
    ? `${t(texts.lowerLimit)} ${write(limits.lower)}, ${t(texts.upperLimit)} ${write(limits.upper)}. `
    : ''
  return (
    <Chart
      title={title}
      description={`${spoken}${broken}`}
      option={option}
      table={table}
      {...(height ? { height } : {})}
    />
  )
}
