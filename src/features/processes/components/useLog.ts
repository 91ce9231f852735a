import { askQuestion } from '#features/questions/contract.ts'
import { useRead } from '#ui/api.tsx'
import type { Edge } from './cutMap.ts'
import type { Variant } from './Variants.tsx'

export interface Summary {
  cases: number
  events: number
  activities: number
  variants: number
  edges: number
  resources: number
  mean_days: number | null
  median_days: number | null
  p90_days: number | null
  times: 'ok' | 'few' | 'none'
  first_start: string | null
  last_end: string | null
  calendar: string
}

/** The three questions of a process page. */
export function useLog(process: string, view: string, variants: number) {
  const ask = (question: string, more: Record<string, unknown> = {}) =>
    ({ params: { question }, body: { process, view, ...more } }) as const
  const summary = useRead(askQuestion, ask('processes.summary'))
  const edges = useRead(askQuestion, ask('processes.edges', { ends: true }))
  const ways = useRead(askQuestion, ask('processes.variants', { limit: variants }))
  return {
    summary,
    edges,
    ways,
    read: {
      summary: summary.data?.rows[0] as unknown as Summary | undefined,
      edges: edges.data?.rows as unknown as Edge[] | undefined,
      variants: ways.data?.rows as unknown as Variant[] | undefined,
    },
  }
}
