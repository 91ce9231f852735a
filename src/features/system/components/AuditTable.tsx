import { Button } from 'antd'
import type { AnswerOf } from '#contract/route.ts'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import type { listAudit } from '../contract.ts'
import { actionNames, objectNames, texts } from '../texts.ts'
import './system.css'

export type AuditRecord = AnswerOf<typeof listAudit>['records'][number]

interface AuditTableProps {
  records: readonly AuditRecord[]
  onMore?: (() => void) | undefined
  busy: boolean
}

/** Who did what to what, newest first, each with its place in the chain. */
export function AuditTable({ records, onMore, busy }: AuditTableProps) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const said = (names: typeof actionNames, code: string) => {
    const text = names[code]
    return text ? t(text) : code
  }
  const columns: Column<AuditRecord>[] = [
    {
      id: 'at',
      title: t(texts.when),
      value: (row) => row.at,
      render: (row) => (
        <span className="zy-nowrap" title={row.at}>
          {format.instant(row.at, timeZone)}
        </span>
      ),
    },
    {
      id: 'who',
      title: t(texts.who),
      value: (row) => row.actorName ?? row.actor,
      render: (row) => (
        <>
          {row.actorName ?? row.actor}
          {row.actorKind === 'user' ? null : <span className="zy-quiet"> {t(texts[`kind_${row.actorKind}`])}</span>}
        </>
      ),
    },
    {
      id: 'what',
      title: t(texts.what),
      value: (row) => row.action,
      render: (row) => (
        <span className="zy-nowrap" title={row.action}>
          {said(actionNames, row.action)}
        </span>
      ),
    },
    {
      id: 'object',
      title: t(texts.object),
      value: (row) => `${row.objectKind} ${row.objectId ?? ''}`.trim(),
      render: (row) => (
        <>
          {said(objectNames, row.objectKind)} {row.objectId ? <code>{row.objectId}</code> : null}
        </>
      ),
    },
    {
      id: 'detail',
      title: t(texts.detail),
      value: (row) => (Object.keys(row.detail).length ? JSON.stringify(row.detail) : null),
      render: (row) => <Detail detail={row.detail} />,
      width: '36%',
    },
    {
      id: 'position',
      title: t(texts.position),
      numeric: true,
      value: (row) => row.position,
      render: (row) =>
        row.position === null ? (
          <span className="zy-unsealed">◔ {t(texts.unsealed)}</span>
        ) : (
          format.number(row.position)
        ),
    },
    {
      id: 'correlation',
      title: t(texts.correlation),
      value: (row) => row.correlation,
      render: (row) => (row.correlation ? <code>{row.correlation}</code> : '—'),
      optional: true,
    },
  ]
  return (
    <DataTable
      caption={t(texts.records)}
      rows={records}
      columns={columns}
      rowKey={(row) => row.id}
      exportName={t(texts.audit)}
      foot={
        onMore ? (
          <Button loading={busy} onClick={onMore}>
            {t(texts.earlier)}
          </Button>
        ) : null
      }
    />
  )
}

const longest = 80

/** "role CXM · unitId hz": a record's detail without its brackets; what is long is counted, and whole in the export. */
function Detail({ detail }: { detail: AuditRecord['detail'] }) {
  const { t } = useLanguage()
  const written = (value: unknown): string => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (text.length <= longest || typeof value !== 'object' || value === null) return text
    return t(texts.entries, { count: Object.keys(value).length })
  }
  const parts = Object.entries(detail)
  if (parts.length === 0) return '—'
  return (
    <span className="zy-audit-detail">
      {parts.map(([name, value]) => (
        <span key={name}>
          <span className="zy-quiet">{name}</span> {written(value)}
        </span>
      ))}
    </span>
  )
}
