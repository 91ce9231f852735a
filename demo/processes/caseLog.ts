import { exponential, lognormal, type Random, stream } from '../random.ts'
import type { Scene } from '../facts/visits.ts'
import type { BusinessClock } from './businessClock.ts'

export const processes = [
  { id: 'account_opening', name: '开户流程', nameEn: 'Account opening' },
  { id: 'personal_loan', name: '个人贷款流程', nameEn: 'Personal loan' },
  { id: 'complaint_handling', name: '投诉处理流程', nameEn: 'Complaint handling' },
] as const
export type ProcessId = (typeof processes)[number]['id']

/** Case keys of a process begin at a random number of the demo's own; the bank's case numbers stay in the Store. */
export const caseBase = (seed: number, process: ProcessId): number =>
  2 * Math.floor(2 ** 20 + stream(seed, 'case keys', process)() * (2 ** 46 - 2 ** 20))

export const caseNumber = (process: ProcessId, caseNo: number): string =>
  `${{ account_opening: 'KH', personal_loan: 'DK', complaint_handling: 'TS' }[process]}${String(caseNo + 1).padStart(6, '0')}`

export const lifecycles = ['start', 'complete'] as const

/** Names of activities as codes, in the order in which they were first met. */
export interface ActivityNames {
  names: string[]
  code(name: string): number
}

export function activityNames(): ActivityNames {
  const names: string[] = []
  const codes = new Map<string, number>()
  return {
    names,
    code(name) {
      let code = codes.get(name)
      if (code === undefined) {
        code = names.push(name) - 1
        codes.set(name, code)
      }
      return code
    },
  }
}

export interface CaseHead {
  process: ProcessId
  caseNo: number
  customer: number
  unit: number
  /** Shown as an attribute of the case: the amount asked for, -1 for none. */
  amount: number
}

export interface Step {
  activity: string
  /** Mean wait before it begins, in working hours; 0 begins at once. */
  waitHours: number
  /** Median of the work itself. */
  minutes: number
  /** Who does it: indices of staff; empty for a machine. */
  crew: readonly number[]
  /** Machines and customers work at any hour. */
  anyTime?: boolean
}

export interface CaseLog {
  /** Does a step and returns whether the history still lasted when it was complete. */
  step(step: Step): boolean
  /** Where the case stands in time. */
  now(): number
  staff(): number
}

/** Writes one case: each step leaves a start and a complete event; what lies beyond the last day has not happened yet. */
export function caseLog(
  { out }: Scene,
  names: ActivityNames,
  clock: BusinessClock,
  head: CaseHead,
  startsAt: number,
  random: Random,
): CaseLog {
  const process = processes.findIndex((one) => one.id === head.process)
  let at = startsAt
  let last = -1
  const write = (activity: number, lifecycle: number, instant: number, staff: number) => {
    const { events } = out
    const row = events.add()
    const { of } = events
    of.customer[row] = head.customer
    of.unit[row] = head.unit
    of.staff[row] = staff
    of.start[row] = Math.floor(instant)
    of.day[row] = clock.dayOf(instant)
    of.process[row] = process
    of.case_no[row] = head.caseNo
    of.activity[row] = activity
    of.lifecycle[row] = lifecycle
    of.amount[row] = head.amount
    of.position[row] = row
  }
  return {
    now: () => at,
    staff: () => last,
    step(step) {
      const wait = 3600 * (step.waitHours === 0 ? 0 : exponential(random, step.waitHours))
      const work = Math.max(10, 60 * lognormal(random, step.minutes, 0.5))
      const who = random()
      const begins = step.anyTime ? at + wait : step.waitHours === 0 ? at : clock.after(at, wait)
      const ends = step.anyTime || step.waitHours === 0 ? begins + work : clock.after(begins, work)
      if (!(begins < clock.end)) return false
      const activity = names.code(step.activity)
      last = step.crew[Math.floor(who * step.crew.length)] ?? -1
      write(activity, 0, begins, last)
      if (!(ends < clock.end)) return false
      write(activity, 1, ends, last)
      at = ends
      return true
    },
  }
}
