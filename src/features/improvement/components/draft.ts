import type { BodyOf } from '#contract/route.ts'
import type { createAction, designs } from '../contract.ts'
import type { Action } from './shown.ts'

type Plan = BodyOf<typeof createAction>

/** A plan as it is typed: improvements as positive sizes, minutes and percentage points instead of seconds and shares. */
export interface Draft {
  title: string
  description?: string
  unitId: string
  ownerUserId?: string | null
  dueOn: string
  metric: string
  touchpointId?: string | null
  unitIds: string[]
  size: number
  guards?: { metric: string; touchpointId?: string | null; tolerance?: number | null }[]
  design: (typeof designs)[number]
  startOn: string
  analysisOn: string
  cost?: number | null
}

export interface Metric {
  id: string
  name: { zh: string; en: string }
  unit: string
  direction: 'up' | 'down' | 'none'
}

/** How many of the metric's own unit one typed unit is: a minute has 60 seconds, a percentage point is 0.01. */
const factorOf = (unit: string): number => (unit === 'seconds' ? 60 : unit === 'share' ? 0.01 : 1)

/** Rounds away what a factor of 0.01 adds. */
const tidy = (value: number): number => Number(value.toPrecision(12))

export const entered = (unit: string, value: number): number => tidy(Math.abs(value) / factorOf(unit))

/** The signed effect in the metric's own unit: better is up or down as the metric has it. */
export const effectOf = (metric: Metric, size: number): number =>
  tidy(Math.abs(size) * factorOf(metric.unit) * (metric.direction === 'down' ? -1 : 1))

/** The plan that a draft means; undefined while its metrics are unknown. */
export function planOf(draft: Draft, metrics: readonly Metric[], findingId: string | null): Plan | undefined {
  const metric = metrics.find(({ id }) => id === draft.metric)
  if (!metric) return undefined
  const place = { unitIds: draft.unitIds, segment: null }
  return {
    title: draft.title.trim(),
    description: draft.description?.trim() ?? '',
    findingId,
    unitId: draft.unitId,
    ownerUserId: draft.ownerUserId ?? null,
    dueOn: draft.dueOn,
    measure: { metric: draft.metric, touchpointId: draft.touchpointId ?? null, ...place },
    guards: (draft.guards ?? []).flatMap((guard) => {
      const known = metrics.find(({ id }) => id === guard.metric)
      return known
        ? [
            {
              metric: guard.metric,
              touchpointId: guard.touchpointId ?? null,
              ...place,
              // Left blank is not the same as nothing allowed.
              tolerance: guard.tolerance == null ? null : tidy(Math.abs(guard.tolerance) * factorOf(known.unit)),
            },
          ]
        : []
    }),
    design: draft.design,
    expectedEffect: effectOf(metric, draft.size),
    startOn: draft.startOn,
    analysisOn: draft.analysisOn,
    cost: draft.cost ?? null,
  }
}

/** An action as a draft, to be changed before its lock. */
export function draftOf(action: Action, metrics: readonly Metric[]): Draft {
  const unitOf = (id: string) => metrics.find((metric) => metric.id === id)?.unit ?? ''
  return {
    title: action.title,
    description: action.description,
    unitId: action.unitId,
    ownerUserId: action.ownerUserId,
    dueOn: action.dueOn,
    metric: action.measure.metric,
    touchpointId: action.measure.touchpointId,
    unitIds: [...action.measure.unitIds],
    size: entered(action.metricUnit, action.expectedEffect),
    guards: action.guards.map((guard) => ({
      metric: guard.metric,
      touchpointId: guard.touchpointId,
      tolerance: guard.tolerance === null ? null : entered(unitOf(guard.metric), guard.tolerance),
    })),
    design: action.design,
    startOn: action.startOn,
    analysisOn: action.analysisOn,
    cost: action.cost,
  }
}
