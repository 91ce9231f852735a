/** An edge of a directly-follows graph; `null` is the start or the end of a case. */
export interface Edge {
  from: string | null
  to: string | null
  n: number
  p50_seconds: number | null
  p90_seconds: number | null
  mean_seconds: number | null
  mean_business_seconds: number | null
  times: 'ok' | 'few' | 'none'
}

export const mostSteps = 40
export const mostEdges = 120

/** How often each activity happens: each time it follows something, or begins a case. */
export function stepCounts(edges: readonly Edge[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { to, n } of edges) if (to !== null) counts.set(to, (counts.get(to) ?? 0) + n)
  return new Map([...counts].sort((a, b) => b[1] - a[1]))
}

/** How many of `all` a share of 0…100 keeps: at least one, at most `most`. */
const kept = (share: number, all: number, most: number): number =>
  Math.min(most, all, Math.max(1, Math.round((share / 100) * all)))

export interface Cut {
  steps: string[]
  edges: Edge[]
  hiddenSteps: number
  hiddenEdges: number
}

/**
 * The most frequent activities and, among them, the most frequent paths; besides, the strongest way into and out of
 * each, so that no step hangs in the air.
 */
export function cutMap(all: readonly Edge[], share: { steps: number; paths: number }): Cut {
  const counts = stepCounts(all)
  const steps = [...counts.keys()].slice(0, kept(share.steps, counts.size, mostSteps))
  const shown = new Set(steps)
  const inside = all
    .filter(({ from, to }) => (from === null || shown.has(from)) && (to === null || shown.has(to)))
    .sort((a, b) => b.n - a.n)
  const edges = new Set<Edge>()
  for (const step of steps) {
    const way = (is: (edge: Edge) => boolean) => inside.find((edge) => is(edge) && edge.from !== edge.to)
    for (const edge of [way(({ to }) => to === step), way(({ from }) => from === step)]) if (edge) edges.add(edge)
  }
  for (const edge of inside.slice(0, kept(share.paths, inside.length, mostEdges)))
    if (edges.size < mostEdges) edges.add(edge)
  return {
    steps,
    edges: inside.filter((edge) => edges.has(edge)),
    hiddenSteps: counts.size - steps.length,
    hiddenEdges: all.length - edges.size,
  }
}

/** The share of paths that holds four fifths of all transitions: what a reader sees first. */
export function usualShare(all: readonly Edge[]): number {
  const total = all.reduce((sum, { n }) => sum + n, 0)
  let sum = 0
  const at = [...all]
    .sort((a, b) => b.n - a.n)
    .findIndex(({ n }) => {
      sum += n
      return sum >= 0.8 * total
    })
  return all.length ? Math.min(100, Math.max(5, Math.ceil((100 * (at + 1)) / all.length / 5) * 5)) : 100
}

/** The paths on which most time passes in all: mean times count; those with fewer than ten times are not judged. */
export const slowest = (all: readonly Edge[], count: number): Edge[] =>
  all
    .filter((edge) => edge.from !== null && edge.to !== null && edge.times === 'ok' && (edge.mean_seconds ?? 0) > 0)
    .sort((a, b) => b.n * (b.mean_seconds ?? 0) - a.n * (a.mean_seconds ?? 0))
    .slice(0, count)
