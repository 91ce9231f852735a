import type { ReactNode } from 'react'
import { useLanguage } from './i18n.ts'
import type { Measured, Written } from './interval.ts'
import { texts } from './texts.ts'

interface EvidenceProps {
  name: string
  definition?: string | undefined
  formula?: string | undefined
  version?: number | undefined
  period?: string | undefined
  /** The newest day the number rests on. */
  upTo?: string | undefined
  measured?: Measured | undefined
  written?: Written | undefined
  target?: number | null | undefined
  /** Links: the question behind it, its SQL, "open as table". */
  actions?: ReactNode
}

/** What a number means and rests on: the body of its popover. */
export function Evidence(props: EvidenceProps) {
  const { t, format } = useLanguage()
  const { measured, written } = props
  const options = written?.digits === undefined ? {} : { digits: written.digits }
  const rows: [string, ReactNode][] = []
  if (props.definition) rows.push([t(texts.definition), props.definition])
  if (props.formula) rows.push([t(texts.formula), <code key="formula">{props.formula}</code>])
  if (measured && written && measured.low !== null && measured.high !== null)
    rows.push([
      t(texts.interval),
      `${format.value(measured.low, written.style, options)} – ${format.value(measured.high, written.style, options)}`,
    ])
  if (measured) rows.push([t(texts.sample), `n = ${format.number(measured.n)}`])
  if (props.target !== null && props.target !== undefined && written)
    rows.push([t(texts.target), format.value(props.target, written.style, options)])
  if (props.period) rows.push([t(texts.period), props.period])
  if (props.upTo) rows.push([t(texts.freshness), format.day(props.upTo)])
  return (
    <section className="zy-evidence" aria-label={t(texts.howKnown, { name: props.name })}>
      <h3>{props.name}</h3>
      <dl>
        {rows.map(([term, meaning]) => (
          <div key={term} style={{ display: 'contents' }}>
            <dt>{term}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      {props.version === undefined ? null : <p className="zy-quiet">{t(texts.version, { version: props.version })}</p>}
      {props.actions ? <footer>{props.actions}</footer> : null}
    </section>
  )
}
