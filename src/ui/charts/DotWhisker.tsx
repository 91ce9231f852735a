import type { ReactNode } from 'react'
import { useLanguage } from '../i18n.ts'
import { type Measured, type Written, writeInterval } from '../interval.ts'
import { texts } from '../texts.ts'
import './chart.css'

export interface WhiskerRow {
  id: string
  name: ReactNode
  measured: Measured
  extra?: ReactNode
}

interface DotWhiskerProps {
  caption: string
  rows: readonly WhiskerRow[]
  written: Written
  target?: number | null
  /** What the target is called, where it is none: what was expected. */
  targetName?: string
  /** The whole these are parts of: a thin line to compare with. */
  overall?: number | null
  nameHead: string
}

const width = 300

/** Comparison without ranking: each row's value as a dot with its interval, on one scale, in a table that can be read aloud. */
export function DotWhisker({ caption, rows, written, target, targetName, overall, nameHead }: DotWhiskerProps) {
  const { t, format } = useLanguage()
  const options = written.digits === undefined ? {} : { digits: written.digits }
  const ends = rows.flatMap(({ measured }) =>
    measured.value === null ? [] : [measured.low ?? measured.value, measured.high ?? measured.value],
  )
  const all = [...ends, ...[target, overall].filter((value): value is number => typeof value === 'number')]
  const low = Math.min(...all)
  const high = Math.max(...all)
  const span = high - low || 1
  const x = (value: number) => 6 + ((value - low) / span) * (width - 12)
  return (
    <div className="zy-table-scroll">
      <table className="zy-table zy-whiskers">
        <caption className="zy-visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{nameHead}</th>
            <th scope="col" className="zy-numeric">
              {t(texts.value)}
            </th>
            <th scope="col" className="zy-whisker-cell">
              {all.length ? (
                <span className="zy-whisker-axis">
                  <span>{format.value(low, written.style, options)}</span>
                  {typeof target === 'number' ? (
                    <span>
                      ┊ {targetName ?? t(texts.target)} {format.value(target, written.style, options)}
                    </span>
                  ) : null}
                  <span>{format.value(high, written.style, options)}</span>
                </span>
              ) : null}
            </th>
            <th scope="col" className="zy-numeric">
              n
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, name, measured, extra }) => (
            <tr key={id}>
              <th scope="row" className="zy-whisker-name">
                {name}
              </th>
              <td className="zy-numeric">
                {measured.value === null ? (
                  <span className="zy-figure-hidden">{t(texts.hidden)}</span>
                ) : (
                  <span className={measured.shown === 'few' ? 'zy-few' : undefined}>
                    {format.value(measured.value, written.style, options)}{' '}
                    <small className="zy-quiet">{writeInterval(measured, written, format)}</small> {extra}
                  </span>
                )}
              </td>
              <td className="zy-whisker-cell">
                <svg className="zy-whisker" viewBox={`0 0 ${width} 20`} preserveAspectRatio="none" aria-hidden="true">
                  {typeof overall === 'number' ? rule(x(overall), 'var(--zy-line)') : null}
                  {typeof target === 'number' ? rule(x(target), 'var(--zy-amber)', '4 3') : null}
                  {measured.value === null ? null : whisker(measured, x)}
                </svg>
              </td>
              <td className="zy-numeric zy-quiet">{format.number(measured.n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const rule = (at: number, stroke: string, dash?: string) => (
  <line x1={at} x2={at} y1={0} y2={20} stroke={stroke} strokeDasharray={dash} vectorEffect="non-scaling-stroke" />
)

function whisker(measured: Measured, x: (value: number) => number) {
  const colour = measured.shown === 'few' ? 'var(--zy-unknown)' : 'var(--zy-accent)'
  const value = measured.value as number
  return (
    <>
      <line
        x1={x(measured.low ?? value)}
        x2={x(measured.high ?? value)}
        y1={10}
        y2={10}
        stroke={colour}
        strokeWidth={2}
        vectorEffect="non-scaling-stroke"
      />
      <path
        d={`M${x(value)} 10h0`}
        stroke={colour}
        strokeWidth={9}
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </>
  )
}
