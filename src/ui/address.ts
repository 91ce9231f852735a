import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { Comparison } from '#lib/period.ts'

/** The state of a page as its address holds it: flat words, so that a link can be read. */
export type Address = Record<string, string>

/** What follows the reader from page to page. */
export const kept = ['unit', 'from', 'to', 'compare'] as const

export const parseAddress = (search: string): Address => Object.fromEntries(new URLSearchParams(search))

export function writeAddress(state: Record<string, unknown>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(state))
    if (value !== undefined && value !== null && value !== '') search.append(name, String(value))
  const text = search.toString()
  return text ? `?${text}` : ''
}

/** The address and its setter; undefined takes a part out. `replace` leaves no step for the back button. */
export function useAddress() {
  const address = useSearch({ strict: false }) as Address
  const navigate = useNavigate()
  const set = useCallback(
    (change: Record<string, string | undefined>, options: { replace?: boolean } = {}) =>
      void navigate({
        to: '.',
        search: ((before: Address) => ({ ...before, ...change })) as never,
        replace: options.replace ?? false,
        resetScroll: false,
      }),
    [navigate],
  )
  return { address, set }
}

/** Goes to another page, taking unit and period along. */
export function useGo() {
  const navigate = useNavigate()
  return useCallback(
    (path: string, also: Record<string, string | undefined> = {}) =>
      void navigate({
        to: path,
        search: ((before: Address) => ({ ...keep(before), ...also })) as never,
      }),
    [navigate],
  )
}

export const keep = (address: Address): Address =>
  Object.fromEntries(kept.flatMap((name) => (address[name] ? [[name, address[name]]] : [])))

/** Place, period and comparison that the address asks for, as the routes of the house take them. */
export function useReading(): { unit?: string; from?: string; to?: string; compare?: Comparison } {
  const { unit, from, to, compare } = useSearch({ strict: false }) as Address
  return {
    ...(unit ? { unit } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(compare === 'last_year' ? { compare } : {}),
  }
}
