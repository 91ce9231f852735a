import { columns } from './columns.ts'

/** Everything that happened, as columns of codes: indices of customers, units, staff, touchpoints; seconds and days since 1970. */
export type Recorder = ReturnType<typeof recorder>

const who = ['customer', 'unit', 'staff', 'touchpoint', 'day', 'start', 'end', 'interaction'] as const

export function recorder(customers: number) {
  return {
    interactions: columns([...who, 'intent', 'outcome', 'duration'], [], customers * 44),
    tickets: columns(
      [...who, 'service', 'class', 'called', 'served_from', 'outcome', 'queued', 'wait', 'service_seconds'],
      [],
      customers * 16,
    ),
    responses: columns([...who, 'respondent', 'metric', 'score'], [], customers * 7),
    complaints: columns([...who, 'reason', 'channel', 'severity', 'status', 'case_no'], [], customers / 6),
    transactions: columns([...who, 'type', 'outcome'], ['amount'], customers * 14),
    events: columns([...who, 'process', 'case_no', 'activity', 'lifecycle', 'amount', 'position'], [], customers * 8),
  }
}

export const outcomes = ['success', 'failure', 'abandoned', 'served', 'no_show'] as const
export const outcomeCode = { success: 0, failure: 1, abandoned: 2, served: 3, no_show: 4 } as const
export const surveyMetrics = ['csat', 'ces', 'nps'] as const
export const customerClasses = ['普通', '贵宾', '长者优先'] as const
