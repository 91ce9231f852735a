import { PageLink } from './PageLink.tsx'
import './chain.css'

export interface ChainItem {
  id: string
  name: string
  /** "进行中 · 第 12 天" */
  note?: string
  to?: string
  also?: Record<string, string | undefined>
  /** Where the reader stands. */
  here?: boolean
}

export interface ChainStep {
  id: string
  name: string
  items: readonly ChainItem[]
  /** Said where the step has nothing yet. */
  none: string
}

/** The chain from facts to effects: each link a press, the reader's own place marked. */
export function Chain({ name, steps }: { name: string; steps: readonly ChainStep[] }) {
  return (
    <nav className="zy-chain" aria-label={name}>
      <ol>
        {steps.map((step) => (
          <li key={step.id} className={step.items.length === 0 ? 'zy-chain-none' : undefined}>
            <h3>{step.name}</h3>
            {step.items.length === 0 ? <p className="zy-quiet">{step.none}</p> : null}
            {step.items.map((item) => (
              <p key={item.id} aria-current={item.here ? 'page' : undefined}>
                {item.to && !item.here ? (
                  <PageLink to={item.to} {...(item.also ? { also: item.also } : {})}>
                    {item.name}
                  </PageLink>
                ) : (
                  <b>{item.name}</b>
                )}
                {item.note ? <small className="zy-quiet">{item.note}</small> : null}
              </p>
            ))}
          </li>
        ))}
      </ol>
    </nav>
  )
}
