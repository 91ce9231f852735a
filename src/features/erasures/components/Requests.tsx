import { Button } from 'antd'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import { type Request, useActorName } from './shown.ts'
import './erasures.css'

interface RequestsProps {
  requests: readonly Request[]
  openId: string | undefined
  /** Absent for who may not see whom a request is about. */
  onOpen?: ((id: string) => void) | undefined
  onMore?: (() => void) | undefined
}

/** Who asked when, who decided, what became of it. */
export function Requests({ requests, openId, onOpen, onMore }: RequestsProps) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const nameOf = useActorName()
  const at = (instant: string | null) =>
    instant === null ? '—' : <span className="zy-nowrap">{format.instant(instant, timeZone)}</span>
  const columns: Column<Request>[] = [
    {
      id: 'state',
      title: t(texts.state),
      value: (row) => t(texts[`state_${row.state}`]),
      render: (row) => (
        <span className={`zy-nowrap zy-erasure-${row.state}`}>
          {row.state === 'requested' || row.state === 'approved' ? '◔ ' : ''}
          {t(texts[`state_${row.state}`])}
        </span>
      ),
    },
    { id: 'ground', title: t(texts.ground), value: (row) => t(texts[`ground_${row.ground}`]) },
    {
      id: 'customers',
      title: t(texts.customers),
      numeric: true,
      value: (row) => row.customers,
      render: (row) => format.number(row.customers),
    },
    { id: 'requestedBy', title: t(texts.requestedBy), value: (row) => nameOf(row.requestedBy, row.requestedByName) },
    {
      id: 'requestedAt',
      title: t(texts.requestedAt),
      value: (row) => row.requestedAt,
      render: (row) => at(row.requestedAt),
    },
    { id: 'decidedBy', title: t(texts.decidedBy), value: (row) => nameOf(row.decidedBy, row.decidedByName) },
    { id: 'decidedAt', title: t(texts.decidedAt), value: (row) => row.decidedAt, render: (row) => at(row.decidedAt) },
    { id: 'doneAt', title: t(texts.doneAt), value: (row) => row.doneAt, render: (row) => at(row.doneAt) },
    {
      id: 'id',
      title: t(texts.number),
      value: (row) => row.id,
      render: (row) => <code>{row.id}</code>,
      optional: true,
    },
  ]
  return (
    <DataTable
      caption={t(texts.requests)}
      rows={requests}
      columns={columns}
      rowKey={(row) => row.id}
      openKey={openId}
      {...(onOpen ? { onOpen: (row: Request) => onOpen(row.id) } : {})}
      foot={onMore ? <Button onClick={onMore}>{t(texts.earlier)}</Button> : null}
    />
  )
}
