import type { ReactNode } from 'react'
import { DemoBanner } from './DemoBanner.tsx'
import { Appearance } from './TopBar.tsx'

/** A page before sign-in: one sheet, and the choice of language, text size and appearance. */
export function Door({
  title,
  lead,
  children,
  below,
}: {
  title: string
  lead: string
  children: ReactNode
  below?: ReactNode
}) {
  return (
    <main className="zy-door">
      <DemoBanner />
      <div className="zy-door-top">
        <Appearance />
      </div>
      <div className="zy-door-sheet">
        <h1>{title}</h1>
        <p>{lead}</p>
        {children}
      </div>
      {below}
    </main>
  )
}
