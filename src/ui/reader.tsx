import { createContext, useContext } from 'react'
import type { Day } from '#lib/time.ts'

/** A place in the tree that the reader may see. */
export interface Place {
  id: string
  name: string
  nameEn: string | null
  level: string
  parentId: string | null
}

/** Who is reading, what he may do, and where he stands. */
export interface Reader {
  id: string
  login: string
  name: string
  permissions: ReadonlySet<string>
  /** Whole subtrees; parents before children. */
  places: readonly Place[]
  /** A synthetic house for trying things out. */
  practice: boolean
  timeZone: string
  today: Day
  /** The newest day that has facts; null where there are none, or while the warehouse gives no answer. */
  newestDay: Day | null
}

const Context = createContext<Reader | undefined>(undefined)
export const ReaderProvider = Context.Provider

export function useReader(): Reader {
  const reader = useContext(Context)
  if (!reader) throw new Error('useReader outside ReaderProvider')
  return reader
}

/** The names from the top of what the reader sees down to this place. */
export function trailOf(places: readonly Place[], id: string): Place[] {
  const byId = new Map(places.map((place) => [place.id, place]))
  const trail: Place[] = []
  for (let at = byId.get(id); at && trail.length < 20; at = at.parentId ? byId.get(at.parentId) : undefined)
    trail.unshift(at)
  return trail
}
