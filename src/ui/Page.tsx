import { type ReactNode, useEffect, useRef } from 'react'

interface PageProps {
  title: string
  /** The answer in words, computed from the data; stands before any control. */
  sentence?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** A page: its name, its answer in a sentence, then the picture and the table. */
export function Page({ title, sentence, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · 知音 Zhiyin`
  }, [title])
  // A reader by keyboard or ear starts at the page's name, not at the navigation he came from.
  useEffect(() => {
    if (document.activeElement?.closest('nav')) heading.current?.focus()
  }, [])
  return (
    <div className="zy-page">
      <header className="zy-page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions ? <div className="zy-page-actions">{actions}</div> : null}
      </header>
      {sentence ? <p className="zy-sentence">{sentence}</p> : null}
      {children}
    </div>
  )
}

interface SectionProps {
  title: string
  note?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
}

/** A part of a page under its own heading. Sections are never nested. */
export function Section({ title, note, actions, children, className = '' }: SectionProps) {
  return (
    <section className={`zy-section ${className}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note ? <span className="zy-quiet">{note}</span> : null}
        {actions}
      </header>
      {children}
    </section>
  )
}
