import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type Address, keep } from './address.ts'

interface PageLinkProps {
  to: string
  /** State of the page it leads to, beside the unit and period that follow the reader. */
  also?: Record<string, string | undefined>
  className?: string
  children: ReactNode
  onClick?: () => void
}

/** A link to another page of the house. */
export function PageLink({ to, also, className, children, onClick }: PageLinkProps) {
  return (
    <Link
      to={to}
      search={((before: Address) => ({ ...keep(before), ...also })) as never}
      {...(className ? { className } : {})}
      {...(onClick ? { onClick } : {})}
    >
      {children}
    </Link>
  )
}
