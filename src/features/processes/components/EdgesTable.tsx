import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import type { Edge } from './cutMap.ts'
import { Time } from './Time.tsx'

interface EdgesTableProps {
  caption: string
  edges: readonly Edge[]
  /** Leaves out the side that is the same in every row. */
  without?: 'from' | 'to'
}

/** Every handover with its count and times: the map's own numbers as a table. */
export function EdgesTable({ caption, edges, without }: EdgesTableProps) {
  const { t, format } = useLanguage()
  const time = (
    id: 'p50_seconds' | 'p90_seconds' | 'mean_seconds' | 'mean_business_seconds',
    title: string,
  ): Column<Edge> => ({
    id,
    title,
    numeric: true,
    optional: id === 'mean_business_seconds',
    value: (row) => row[id],
    render: (row) => <Time seconds={row[id]} times={row.times} />,
  })
  const columns: Column<Edge>[] = [
    { id: 'from', title: t(texts.from), value: (row) => row.from ?? t(texts.start) },
    { id: 'to', title: t(texts.to), value: (row) => row.to ?? t(texts.end) },
    { id: 'n', title: t(texts.count), numeric: true, value: (row) => row.n, render: (row) => format.number(row.n) },
    time('p50_seconds', t(texts.gapMedian)),
    time('p90_seconds', t(texts.gapP90)),
    time('mean_seconds', t(texts.gapMean)),
    time('mean_business_seconds', t(texts.gapBusiness)),
  ]
  return (
    <DataTable
      caption={caption}
      rows={edges}
      columns={columns.filter(({ id }) => id !== without)}
      rowKey={(row) => `${row.from}\u0000${row.to}`}
      maxHeight={520}
    />
  )
}
