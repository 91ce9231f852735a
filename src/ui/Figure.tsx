import { Popover } from 'antd'
import type { ReactNode } from 'react'
import { useLanguage } from './i18n.ts'
import { arrowOf, type Difference, type Measured, type Written, writeInterval } from './interval.ts'
import { texts } from './texts.ts'
import './figure.css'

interface FigureProps {
  name: string
  measured: Measured
  written: Written
  /** Stands after the value: "分", "/万笔". */
  unit?: string | undefined
  change?: Difference | null | undefined
  size?: 'headline' | 'line'
  /** Hovered, focused or pressed, the number opens this. */
  evidence?: ReactNode
}

/** A number one can trust: value, significant change, interval and n; its evidence is one press away. */
export function Figure({ name, measured, written, unit, change, size = 'line', evidence }: FigureProps) {
  const { t, format } = useLanguage()
  const options = written.digits === undefined ? {} : { digits: written.digits }
  const body =
    measured.shown === 'hidden' || measured.value === null ? (
      <span className="zy-figure-hidden" title={t(texts.hiddenWhy)}>
        {t(texts.hidden)}
      </span>
    ) : (
      <>
        <span className={measured.shown === 'few' ? 'zy-figure-value zy-few' : 'zy-figure-value'}>
          {format.value(measured.value, written.style, options)}
          {unit ? <small className="zy-figure-unit">{unit}</small> : null}
          {measured.shown === 'few' ? (
            <abbr className="zy-few-mark" title={t(texts.few)}>
              ◔
            </abbr>
          ) : null}
        </span>
        {change ? <Change change={change} written={written} /> : null}
      </>
    )
  const content = (
    <span className={`zy-figure zy-figure-${size}`}>
      {body}
      <span className="zy-figure-rest">
        <span className="zy-figure-interval">{writeInterval(measured, written, format)}</span>{' '}
        <span className="zy-figure-n">n = {format.number(measured.n)}</span>
      </span>
    </span>
  )
  if (!evidence) return content
  return (
    <Popover content={evidence} trigger={['hover', 'click']} mouseEnterDelay={0.35} placement="bottomLeft">
      <button type="button" className="zy-figure-button">
        <span className="zy-visually-hidden">{t(texts.howKnown, { name })} </span>
        {content}
      </button>
    </Popover>
  )
}

/** A difference with its sign; coloured only when it is significant. */
export function Change({ change, written }: { change: Difference; written: Written }) {
  const { t, format } = useLanguage()
  const options = { signed: true, ...(written.digits === undefined ? {} : { digits: written.digits }) }
  const size =
    written.style === 'percent'
      ? `${format.number(change.difference * 100, { digits: 1, signed: true })}pp`
      : format.value(change.difference, written.style, options)
  const words = change.verdict ? t(texts[change.verdict]) : t(texts.unclear)
  return (
    <span className={`zy-change zy-change-${change.verdict ?? 'unclear'}`} title={words}>
      <span aria-hidden="true">{arrowOf(change.difference, change.verdict)}</span> {size}
      <span className="zy-visually-hidden"> {words}</span>
    </span>
  )
}
