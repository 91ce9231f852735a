import { Button, Tag } from 'antd'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty } from '#ui/states.tsx'
import { texts as kit } from '#ui/texts.ts'
import { texts } from '../texts.ts'
import type { Names } from './names.ts'
import type { Load, useUndoLoad } from './useUndoLoad.tsx'

interface LoadsProps {
  loads: readonly Load[]
  names: Names
  undo: ReturnType<typeof useUndoLoad>
  openId: number | undefined
  onOpen(id: number): void
  onMore?: (() => void) | undefined
}

/** Every load, newest first, each to be opened and undone. */
export function Loads({ loads, names, undo, openId, onOpen, onMore }: LoadsProps) {
  const { t, format } = useLanguage()
  const { permissions, timeZone } = useReader()
  const may = permissions.has('import.write')
  const stateOf = (load: Load) =>
    undo.leaving.has(load.id) ? 'leaving' : load.failure === 'load_cancelled' ? 'cancelled' : load.state
  const count = (id: keyof Load['rows'], title: string, optional = false): Column<Load> => ({
    id,
    title,
    numeric: true,
    optional,
    value: (row) => row.rows[id],
    render: (row) => (row.rows[id] === 0 ? '—' : format.number(row.rows[id])),
  })
  const columns: Column<Load>[] = [
    { id: 'file', title: t(texts.file), value: (row) => row.fileName },
    {
      id: 'state',
      title: t(texts.state),
      value: (row) => t(texts[`state_${stateOf(row)}`]),
      render: (row) => (
        <span className="zy-nowrap">
          <span className={`zy-load-${stateOf(row)}`}>{t(texts[`state_${stateOf(row)}`])}</span>{' '}
          {row.practice ? <Tag>{t(texts.practiceMark)}</Tag> : null}
        </span>
      ),
    },
    {
      id: 'kind',
      title: t(texts.kind),
      value: (row) => names.kind(row.kind),
      render: (row) => `${names.kind(row.kind)}${row.process ? ` · ${row.process}` : ''}`,
    },
    {
      id: 'when',
      title: t(texts.when),
      value: (row) => row.createdAt,
      render: (row) => <span className="zy-nowrap">{format.instant(row.createdAt, timeZone)}</span>,
    },
    {
      id: 'who',
      title: t(texts.who),
      value: (row) => (row.createdBy === 'operator' ? t(texts.operator) : row.createdBy),
      render: (row) => (
        <span className="zy-nowrap">{row.createdBy === 'operator' ? t(texts.operator) : row.createdBy}</span>
      ),
    },
    { id: 'source', title: t(texts.source), value: (row) => row.source, optional: true },
    count('read', t(texts.rowsRead)),
    count('new', t(texts.rowsNew)),
    count('corrected', t(texts.rowsCorrected)),
    count('same', t(texts.rowsSame)),
    count('skipped', t(texts.rowsSkipped), true),
    count('rejected', t(texts.rowsRejected)),
    ...(may
      ? [
          {
            id: 'undo',
            title: ' ',
            value: () => '',
            render: (row: Load) =>
              row.state === 'done' && !undo.leaving.has(row.id) ? (
                <Button
                  size="small"
                  type="text"
                  className="zy-undo"
                  aria-label={t(texts.undoOf, { id: row.id })}
                  onClick={() => undo.start(row)}
                >
                  {t(texts.undo)}
                </Button>
              ) : null,
          },
        ]
      : []),
  ]
  return (
    <Section title={t(texts.loads)}>
      {loads.length === 0 ? (
        <Empty title={t(texts.noLoads)}>{t(texts.noLoadsWhy)}</Empty>
      ) : (
        <DataTable
          caption={t(texts.loads)}
          rows={loads}
          columns={columns}
          rowKey={(row) => String(row.id)}
          onOpen={(row) => onOpen(row.id)}
          openKey={openId === undefined ? undefined : String(openId)}
          foot={onMore ? <Button onClick={onMore}>{t(kit.more)}</Button> : null}
        />
      )}
    </Section>
  )
}
