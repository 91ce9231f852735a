import { notifyManager, type Query, type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useCallback, useSyncExternalStore } from 'react'
import type { AsOf } from '#contract/asOf.ts'
import type { Answered } from '#contract/client.ts'

interface Figures extends AsOf {
  /** Read again by itself once its facts have changed. */
  renewed: boolean
  tookMs: number
}

/** What each read that rests on facts was last answered as of. */
const figures = new WeakMap<Query, Figures>()

/** At most a tenth of the time goes into making one figure anew, however quickly its facts change. */
const restFactor = 10

/** After each call of a read; one that was refused leaves what is shown as it was. */
export function noteAnswer(
  queries: QueryClient,
  queryKey: readonly unknown[],
  answered: Answered<unknown>,
  how: Pick<Figures, 'renewed' | 'tookMs'>,
): void {
  const query = queries.getQueryCache().find({ queryKey, exact: true })
  if (!query) return
  const asOf = answered.ok ? answered.asOf : figures.get(query)
  if (asOf) figures.set(query, { ...asOf, ...how })
  else figures.delete(query)
}

/**
 * Reads again what was answered by another data version than the newest that this reader was told of. What he sees stays
 * until the new answer is there, and what he types is no read.
 */
export function renewFigures(queries: QueryClient, seen: number): Promise<void> {
  const isBehind = (query: Query): boolean => {
    const known = figures.get(query)
    const { dataUpdatedAt, errorUpdatedAt } = query.state
    return (
      known?.renewed === true &&
      known.version !== seen &&
      Date.now() - Math.max(dataUpdatedAt, errorUpdatedAt) >= restFactor * known.tookMs
    )
  }
  return queries.invalidateQueries({ predicate: isBehind }, { cancelRefetch: false })
}

/** As of when the oldest figures are that are shown; null where there were none yet, undefined where none are shown. */
export function oldestShown(queries: QueryClient): string | null | undefined {
  const shown = queries
    .getQueryCache()
    .findAll({ type: 'active' })
    .flatMap((query) => figures.get(query) ?? [])
  // Instants of one form: they sort as texts.
  return shown.map(({ changedAt }) => changedAt).sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))[0]
}

export function useOldestShown(): string | null | undefined {
  const queries = useQueryClient()
  const subscribe = useCallback(
    (changed: () => void) => queries.getQueryCache().subscribe(notifyManager.batchCalls(changed)),
    [queries],
  )
  return useSyncExternalStore(subscribe, () => oldestShown(queries))
}
