import { type ReactNode, useEffect, useRef } from 'react'
import './import.css'

/** A step that has just come: brought into view, so that the reader need not look for it. */
export function Arriving({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    place.current?.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' })
  }, [])
  return (
    <div ref={place} className="zy-arriving">
      {children}
    </div>
  )
}
