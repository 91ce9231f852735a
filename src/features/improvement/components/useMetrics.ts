import { readMetrics } from '#features/experience/contract.ts'
import { useRead } from '#ui/api.tsx'
import type { Metric } from './draft.ts'

const none: readonly Metric[] = []

/** The metrics that an action can change: a volume is neither better nor worse. */
export function useMetrics(): readonly Metric[] {
  const { data } = useRead(readMetrics, {})
  return data?.metrics.filter(({ direction }) => direction !== 'none') ?? none
}
