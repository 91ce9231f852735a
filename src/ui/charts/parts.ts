import type { Palette } from '../tokens.ts'

export const fontFamily = "-apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"

/** Pieces that all our charts are put together from, so that they look alike. */
export const grid = { left: 8, right: 16, top: 18, bottom: 4, containLabel: true }

export const tooltip = (palette: Palette, fontSize: number, write: (index: number) => string, axis = true) => ({
  trigger: axis ? 'axis' : 'item',
  confine: true,
  transitionDuration: 0,
  backgroundColor: palette.surface,
  borderColor: palette.line,
  textStyle: { color: palette.text, fontSize, fontFamily },
  axisPointer: { lineStyle: { color: palette.quiet } },
  formatter: (at: { dataIndex: number } | { dataIndex: number }[]) =>
    write(Array.isArray(at) ? (at[0]?.dataIndex ?? -1) : at.dataIndex),
})

export const timeAxis = (palette: Palette, fontSize: number, days: readonly string[]) => ({
  type: 'category',
  data: days,
  boundaryGap: false,
  axisLine: { lineStyle: { color: palette.line } },
  axisTick: { show: false },
  axisLabel: { color: palette.quiet, fontSize, hideOverlap: true, formatter: (day: string) => day.slice(2) },
})

export const categoryAxis = (palette: Palette, fontSize: number, names: readonly string[]) => ({
  type: 'category',
  data: names,
  axisLine: { lineStyle: { color: palette.line } },
  axisTick: { show: false },
  axisLabel: { color: palette.quiet, fontSize, width: 120, overflow: 'truncate' },
})

export const valueAxis = (
  palette: Palette,
  fontSize: number,
  write: (value: number) => string,
  fromZero: boolean,
  extra: Record<string, unknown> = {},
) => ({
  type: 'value',
  // A line need not start at zero, a bar and a time must.
  scale: !fromZero,
  splitNumber: 4,
  axisLabel: { color: palette.quiet, fontSize, formatter: write },
  splitLine: { lineStyle: { color: palette.line } },
  ...extra,
})

/** A level with its name, on a ground of its own so that it stays legible over the line. */
export const horizontal = (
  at: number,
  label: string,
  colour: string,
  fontSize: number,
  surface: string,
  position: 'insideEndTop' | 'insideStartTop' = 'insideEndTop',
) => ({
  yAxis: at,
  lineStyle: { color: colour, type: 'dashed', width: 1 },
  label: { formatter: label, color: colour, fontSize, position, backgroundColor: surface, padding: 2 },
})

/** A vertical line at the point that holds this day. */
export function verticalMark(
  mark: { day: string; label: string },
  points: readonly { from: string }[],
  palette: Palette,
  fontSize: number,
) {
  const index = points.findLastIndex((point) => point.from <= mark.day)
  return {
    xAxis: Math.max(0, index),
    lineStyle: { color: palette.text, type: 'solid', width: 1 },
    label: {
      formatter: mark.label,
      color: palette.text,
      fontSize,
      position: 'end',
      // Near the edge the words lean inwards, or they would be cut off.
      align: index > points.length * 0.85 ? 'right' : index < points.length * 0.1 ? 'left' : 'center',
    },
  }
}
