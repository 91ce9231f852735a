import type { ReactNode } from 'react'
import './case.css'

interface CaseProps {
  /** Where this stands in the chain. */
  chain: ReactNode
  /** What is to be decided here. */
  side: ReactNode
  /** On a phone, where they stand below each other, deciding comes before the picture. */
  decideFirst?: boolean
  children: ReactNode
}

/** A page about one thing: the chain at the left, what convinces in the middle, what to decide at the right. */
export function Case({ chain, side, decideFirst = false, children }: CaseProps) {
  return (
    <div className={decideFirst ? 'zy-case zy-case-decide' : 'zy-case'}>
      <div className="zy-case-chain">{chain}</div>
      <div className="zy-case-middle">{children}</div>
      <div className="zy-case-side">{side}</div>
    </div>
  )
}

export interface Fact {
  name: string
  value: ReactNode
  note?: ReactNode
  tone?: 'better' | 'worse' | 'amber' | 'quiet' | undefined
}

/** The few numbers that something stands on, each under its name. */
export function Facts({ facts }: { facts: readonly (Fact | null)[] }) {
  return (
    <dl className="zy-facts">
      {facts.map((fact) =>
        fact === null ? null : (
          <div key={fact.name} className={fact.tone ? `zy-facts-${fact.tone}` : undefined}>
            <dt>{fact.name}</dt>
            <dd>
              <b>{fact.value}</b>
              {fact.note ? <small>{fact.note}</small> : null}
            </dd>
          </div>
        ),
      )}
    </dl>
  )
}

export interface Event {
  id: string
  what: string
  note?: string | null
  /** "张三，2026年11月3日 10:20" */
  by: string
  /** Said where it was taken back. */
  undone?: string | undefined
}

/** What happened to it, the newest first; what was taken back is struck through. */
export function Events({ events, none }: { events: readonly Event[]; none: string }) {
  if (events.length === 0) return <p className="zy-quiet">{none}</p>
  return (
    <ol className="zy-events" reversed>
      {events.toReversed().map((event) => (
        <li key={event.id} className={event.undone ? 'zy-event-undone' : undefined}>
          <span>{event.what}</span>
          {event.undone ? <small> · {event.undone}</small> : null}
          {event.note ? <p>{event.note}</p> : null}
          <p>
            <small>{event.by}</small>
          </p>
        </li>
      ))}
    </ol>
  )
}
