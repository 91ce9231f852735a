import { Button } from 'antd'
import type { EChartsCoreOption } from 'echarts/core'
import { useEffect, useRef, useState } from 'react'
import type { CellValue } from '../csv.ts'
import { type Column, DataTable } from '../DataTable.tsx'
import { useLanguage } from '../i18n.ts'
import { usePreferences } from '../preferences.tsx'
import { fontFamily } from './parts.ts'
import { texts } from '../texts.ts'
import { type Palette, palettes } from '../tokens.ts'
import './chart.css'

/** The numbers of a chart: the table a reader may have in its stead. */
export interface ChartTable {
  columns: readonly { title: string; numeric?: boolean }[]
  rows: readonly (readonly CellValue[])[]
}

interface ChartProps {
  title: string
  /** What a reader who cannot see it should know. */
  description: string
  option(palette: Palette, fontSize: number): EChartsCoreOption
  table: ChartTable
  height?: number
  onPick?: (index: number) => void
}

/** A drawing with its description and its table; the library is fetched when the first chart is. */
export function Chart({ title, description, option, table, height = 260, onPick }: ChartProps) {
  const { t } = useLanguage()
  const { mode, largeText } = usePreferences()
  const [asTable, setAsTable] = useState(false)
  const holder = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = holder.current
    if (asTable || !element) return
    let stop = () => {}
    let gone = false
    void import('./echarts.ts').then(({ init }) => {
      if (gone) return
      const chart = init(element, null, { renderer: 'svg' })
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches
      const common = {
        animation: !still,
        animationDuration: 140,
        animationDurationUpdate: 140,
        textStyle: { fontFamily },
      }
      chart.setOption({ ...common, ...option(palettes[mode], largeText ? 16 : 12) })
      if (onPick) chart.on('click', ({ dataIndex }) => typeof dataIndex === 'number' && onPick(dataIndex))
      const observer = new ResizeObserver(() => chart.resize())
      observer.observe(element)
      stop = () => {
        observer.disconnect()
        chart.dispose()
      }
    })
    return () => {
      gone = true
      stop()
    }
  }, [option, mode, largeText, asTable, onPick])

  const columns: Column<readonly CellValue[]>[] = table.columns.map((column, index) => ({
    id: String(index),
    title: column.title,
    numeric: Boolean(column.numeric),
    value: (row) => row[index],
  }))
  return (
    <figure className="zy-chart">
      <figcaption>
        <span>{title}</span>
        <Button size="small" type="text" onClick={() => setAsTable((before) => !before)}>
          {t(asTable ? texts.asChart : texts.asTable)}
        </Button>
      </figcaption>
      {asTable ? (
        <DataTable
          caption={title}
          rows={table.rows}
          columns={columns}
          rowKey={(row) => row.join('\u001f')}
          maxHeight={Math.max(height, 240)}
        />
      ) : (
        <div ref={holder} role="img" aria-label={`${title}。${description}`} style={{ height }} />
      )}
    </figure>
  )
}
