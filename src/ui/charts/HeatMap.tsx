import type { ReactNode } from 'react'

export type Shade = 'worse' | 'better' | 'on-target' | 'plain' | 'too-few' | 'unmeasured'

export interface HeatTile {
  id: string
  name: string
  /** The number; a word where there is none. */
  value: ReactNode
  small: ReactNode
  shade: Shade
  /** Said to those who hear it, and to all who point at it: where it stands, how it compares. */
  label: string
}

export interface HeatRow {
  id: string
  name: ReactNode
  /** One entry a column; within it, groups of tiles under their own name. */
  columns: readonly (readonly { id: string; name: string; tiles: readonly HeatTile[] }[])[]
}

interface HeatMapProps {
  caption: string
  corner: string
  columns: readonly string[]
  rows: readonly HeatRow[]
  legend: readonly { shade: Shade; name: string }[]
  openId?: string | undefined
  onOpen(id: string): void
}

const sign: Record<Shade, string> = {
  worse: '▼',
  better: '▲',
  'on-target': '=',
  plain: '',
  'too-few': '',
  unmeasured: '',
}

/** A column's part of the width: as many of its groups stand side by side as in its fullest row. */
function share(rows: readonly HeatRow[], index: number): number {
  const most = (column: number) => Math.max(1, ...rows.map((row) => row.columns[column]?.length ?? 0))
  const all = (rows[0]?.columns ?? []).reduce((sum, _, column) => sum + most(column), 0)
  return (90 * most(index)) / Math.max(1, all)
}

/** The one name that all groups of a column bear, where it has no more than one a row: it is said once, in the head. */
function sharedName(rows: readonly HeatRow[], index: number): string | undefined {
  const cells = rows.map((row) => row.columns[index] ?? [])
  const names = new Set(cells.flatMap((groups) => groups.map((group) => group.name)))
  return names.size === 1 && cells.every((groups) => groups.length <= 1) ? [...names][0] : undefined
}

/** A heat map that is a table: the number stands in the cell, the shade only repeats what number and sign say. */
export function HeatMap({ caption, corner, columns, rows, legend, openId, onOpen }: HeatMapProps) {
  const shared = columns.map((_, index) => sharedName(rows, index))
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section aria-label={caption} tabIndex={0} style={{ overflowX: 'auto' }}>
        <table className="zy-heat">
          <caption className="zy-visually-hidden">{caption}</caption>
          <colgroup>
            <col style={{ width: '7em' }} />
            {columns.map((column, index) => (
              <col key={column} style={{ width: `${share(rows, index)}%` }} />
            ))}
          </colgroup>
          <thead>
            <tr>
              <th scope="col">{corner}</th>
              {columns.map((column, index) => (
                <th scope="col" key={column}>
                  {shared[index] && !column.toLowerCase().includes(shared[index].toLowerCase())
                    ? `${column} · ${shared[index]}`
                    : column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <th scope="row">{row.name}</th>
                {row.columns.map((groups, index) => (
                  <td key={columns[index]}>
                    <div className="zy-heat-groups">
                      {groups.map((group) => (
                        <div className="zy-heat-group" key={group.id}>
                          {shared[index] ? null : <h3>{group.name}</h3>}
                          <div className="zy-heat-cells">
                            {group.tiles.map((tile) => (
                              <button
                                type="button"
                                key={tile.id}
                                title={tile.label}
                                className={`zy-tile zy-tile-${tile.shade} ${openId === tile.id ? 'zy-tile-open' : ''}`}
                                onClick={() => onOpen(tile.id)}
                              >
                                <span className="zy-tile-name">{tile.name}</span>
                                <span className="zy-tile-number">
                                  <b>{tile.value}</b>
                                  {sign[tile.shade] ? <span>{sign[tile.shade]}</span> : null}
                                  <small>{tile.small}</small>
                                </span>
                              </button>
                            ))}
                          </div>
                        </div>
                      ))}
                    </div>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <ul className="zy-legend">
        {legend.map(({ shade, name }) => (
          <li key={shade}>
            <i className={`zy-tile-${shade}`} />
            {sign[shade]} {name}
          </li>
        ))}
      </ul>
    </>
  )
}
