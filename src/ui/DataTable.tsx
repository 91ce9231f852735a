import { DownloadOutlined, TableOutlined } from '@ant-design/icons'
import { Button, Checkbox, Dropdown, Popover } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import { exportName } from '#lib/exportName.ts'
import { faultOf } from './api.tsx'
import { type CellValue, download, toCsv } from './csv.ts'
import { useRecordExport } from './exporting.tsx'
import { useLanguage } from './i18n.ts'
import { useReader } from './reader.tsx'
import { type Fault, Problem } from './states.tsx'
import { texts } from './texts.ts'
import './table.css'

export interface Column<Row> {
  id: string
  title: string
  /** The plain value: sorted by, exported, and shown where there is no `render`. */
  value(row: Row): CellValue
  render?: (row: Row) => ReactNode
  /** Numbers stand at the end, with digits aligned. */
  numeric?: boolean
  /** Off until the reader chooses it. */
  optional?: boolean
  width?: number | string
}

interface DataTableProps<Row> {
  caption: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  rowKey(row: Row): string
  /** Opening a row; its first cell becomes a button. */
  onOpen?: (row: Row) => void
  openKey?: string | undefined
  /** What the total is of: "按当前筛选". */
  totalOf?: string
  exportName?: string
  /** Extra controls at the head of the table. */
  tools?: ReactNode
  foot?: ReactNode
  maxHeight?: number | string
}

/** A table as the newspaper sets it: sticky head, aligned digits, sorting, column choice, export of what is shown. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { t, format, language } = useLanguage()
  const { rows, columns, caption } = props
  const [hidden, setHidden] = useState(() => new Set(columns.filter((column) => column.optional).map(({ id }) => id)))
  const [order, setOrder] = useState<{ id: string; down: boolean }>()
  const shown = columns.filter((column) => !hidden.has(column.id))
  const sorted = useMemo(() => {
    const by = columns.find((column) => column.id === order?.id)
    if (!by || !order) return rows
    const collator = new Intl.Collator(language === 'zh' ? 'zh-CN' : 'en', { numeric: true })
    return [...rows].sort((a, b) => compare(by.value(a), by.value(b), collator) * (order.down ? -1 : 1))
  }, [rows, columns, order, language])

  const sheet = (): CellValue[][] => [
    shown.map((column) => column.title),
    ...sorted.map((row) => shown.map((column) => column.value(row))),
  ]
  const name = props.exportName ?? caption
  const { practice } = useReader()
  const record = useRecordExport()
  const [refused, setRefused] = useState<Fault>()
  const save = async (kind: 'csv' | 'xlsx') => {
    const table = sheet()
    setRefused(undefined)
    // Nothing leaves that is not in the audit.
    try {
      const address = `${location.pathname}${location.search}`.slice(0, 500)
      await record({ table: name.slice(0, 200), rows: table.length - 1, format: kind, address })
    } catch (error) {
      setRefused(faultOf(error, language))
      return
    }
    const fileName = exportName(name, kind, practice, language)
    if (kind === 'csv') return download(fileName, toCsv(table), 'text/csv')
    const { toXlsx } = await import('./xlsx.ts')
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    download(fileName, toXlsx(name, table), type)
  }
  const toggle = (id: string) =>
    setHidden((before) => {
      const after = new Set(before)
      if (!after.delete(id) && shown.length > 1) after.add(id)
      return after
    })

  return (
    <div className="zy-table-block">
      <div className="zy-table-tools">
        <span className="zy-quiet">
          {props.totalOf
            ? t(texts.rowsOf, { count: format.number(rows.length), what: props.totalOf })
            : t(texts.rows, { count: format.number(rows.length) })}
        </span>
        {props.tools}
        <span className="zy-table-buttons">
          <Popover
            trigger="click"
            placement="bottomRight"
            content={
              <div className="zy-column-choice">
                {columns.map((column) => (
                  <Checkbox key={column.id} checked={!hidden.has(column.id)} onChange={() => toggle(column.id)}>
                    {column.title}
                  </Checkbox>
                ))}
              </div>
            }
          >
            <Button size="small" type="text" icon={<TableOutlined />} aria-label={t(texts.columns)} />
          </Popover>
          <Dropdown
            trigger={['click']}
            menu={{
              items: [
                { key: 'csv', label: t(texts.exportCsv) },
                { key: 'xlsx', label: t(texts.exportXlsx) },
              ],
              onClick: ({ key }) => void save(key as 'csv' | 'xlsx'),
            }}
          >
            <Button size="small" type="text" icon={<DownloadOutlined />} aria-label={t(texts.export)} />
          </Dropdown>
        </span>
      </div>
      {refused ? <Problem kind="write" fault={refused} /> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="zy-table-scroll" aria-label={caption} tabIndex={0} style={{ maxHeight: props.maxHeight }}>
        <table className="zy-table">
          <caption className="zy-visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {shown.map((column) => {
                const state = order?.id === column.id ? (order.down ? 'descending' : 'ascending') : 'none'
                return (
                  <th
                    key={column.id}
                    scope="col"
                    aria-sort={state}
                    className={column.numeric ? 'zy-numeric' : undefined}
                    style={{ width: column.width }}
                  >
                    <button
                      type="button"
                      className="zy-sort"
                      title={t(texts.sortBy, { name: column.title })}
                      onClick={() =>
                        setOrder((before) =>
                          before?.id !== column.id
                            ? { id: column.id, down: Boolean(column.numeric) }
                            : before.down === Boolean(column.numeric)
                              ? { id: column.id, down: !before.down }
                              : undefined,
                        )
                      }
                    >
                      {column.title}
                      <span aria-hidden="true">{state === 'none' ? '' : state === 'descending' ? ' ↓' : ' ↑'}</span>
                    </button>
                  </th>
                )
              })}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => {
              const key = props.rowKey(row)
              return (
                <tr key={key} className={key === props.openKey ? 'zy-row-open' : undefined}>
                  {shown.map((column, index) => (
                    <td key={column.id} className={column.numeric ? 'zy-numeric' : undefined}>
                      {index === 0 && props.onOpen ? (
                        <button type="button" className="zy-link" onClick={() => props.onOpen?.(row)}>
                          {cellOf(column, row)}
                        </button>
                      ) : (
                        cellOf(column, row)
                      )}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
      {props.foot}
    </div>
  )
}

function cellOf<Row>(column: Column<Row>, row: Row): ReactNode {
  if (column.render) return column.render(row)
  const value = column.value(row)
  return value === null || value === undefined || value === '' ? '—' : String(value)
}

/** Absent values stand last in both directions' natural reading: they sort as smallest. */
function compare(a: CellValue, b: CellValue, collator: Intl.Collator): number {
  if (a === b) return 0
  if (a === null || a === undefined) return -1
  if (b === null || b === undefined) return 1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return collator.compare(String(a), String(b))
}
