import { Button, Skeleton } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { useLanguage } from './i18n.ts'
import { texts } from './texts.ts'
import './states.css'

/** Nothing here yet: says what will stand here and offers the one next step. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="zy-empty">
      <p className="zy-empty-title">{title}</p>
      {children ? <p className="zy-quiet">{children}</p> : null}
      {action}
    </div>
  )
}

/** Of the same shape as what is coming; after two seconds it counts. */
export function Loading({ rows = 6, height }: { rows?: number; height?: number }) {
  const { t } = useLanguage()
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="zy-loading" style={height ? { minHeight: height } : undefined}>
      <span role="status" className={seconds < 2 ? 'zy-visually-hidden' : 'zy-quiet'}>
        {seconds < 2 ? t(texts.loading) : t(texts.loadingFor, { seconds })}
      </span>
      <Skeleton active title={false} paragraph={{ rows, width: '100%' }} />
    </div>
  )
}

/** What a failed call tells the reader. */
export interface Fault {
  title: string
  remedy: string
  code: string
  reference?: string | undefined
  /** Fields that were wrong, each with why. */
  fields?: readonly { path: string; message: string }[] | undefined
}

interface ProblemProps {
  fault: Fault
  /** A failed write says that nothing changed; a failed read that nothing could. */
  kind?: 'read' | 'write'
  onRetry?: (() => void) | undefined
}

/** What happened, what is safe, what to do, and the code. */
export function Problem({ fault, kind = 'read', onRetry }: ProblemProps) {
  const { t } = useLanguage()
  return (
    <div className="zy-problem" role="alert">
      <p className="zy-problem-title">{fault.title}</p>
      <dl>
        <dt>{t(texts.problemSafe)}</dt>
        <dd>{t(kind === 'read' ? texts.readSafe : texts.writeSafe)}</dd>
        <dt>{t(texts.problemDo)}</dt>
        <dd>
          {fault.remedy}
          {fault.fields?.length ? (
            <ul>
              {fault.fields.map((field) => (
                <li key={`${field.path} ${field.message}`}>
                  <code>{field.path}</code> {field.message}
                </li>
              ))}
            </ul>
          ) : null}
        </dd>
        <dt>{t(texts.code)}</dt>
        <dd>
          <code>{fault.code}</code>
          {fault.reference ? (
            <>
              {' · '}
              {t(texts.reference)} <code>{fault.reference}</code>
            </>
          ) : null}
        </dd>
      </dl>
      {onRetry ? <Button onClick={onRetry}>{t(texts.retry)}</Button> : null}
    </div>
  )
}
