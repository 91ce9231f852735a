import { branchDay } from './facts/branchDay.ts'
import { digitalDay } from './facts/digitalDay.ts'
import type { FreeText } from './facts/freeText.ts'
import { hotlineDay } from './facts/hotlineDay.ts'
import { survey } from './facts/answers.ts'
import { recorder, type Recorder } from './facts/recorder.ts'
import { newTally, type Scene, type Tally } from './facts/visits.ts'
import { businessClock } from './processes/businessClock.ts'
import { activityNames, type ProcessId } from './processes/caseLog.ts'
import { complaintCases } from './processes/complaint.ts'
import { loanCases } from './processes/loan.ts'
import { openingCases } from './processes/opening.ts'
import type { World } from './world.ts'

/** The whole history of a bank, in memory. */
export interface History {
  out: Recorder
  activities: readonly string[]
  /** How many cases each process has. */
  cases: Record<ProcessId, number>
  texts: readonly FreeText[]
  /** What every touchpoint reaches without plants: sums, for its targets. */
  baseline: { answers: Scene['survey']['baseline']; tally: Tally }
}

/** Runs the bank day by day: branches, digital channels, hotline; then the cases that all of it led to. */
export function generateHistory(world: World, onDay?: (day: number) => void): History {
  const out = recorder(world.customers.count)
  const scene: Scene = {
    world,
    out,
    survey: survey(world, out),
    followUps: world.days.map(() => []),
    grievances: [],
    lastGrievance: 0,
    openings: [],
    loans: [],
    tally: newTally(world.touchpoints.length),
  }
  for (const day of world.days) {
    for (const branch of world.branches) branchDay(scene, branch, day)
    digitalDay(scene, day)
    hotlineDay(scene, day)
    onDay?.(day.index)
  }
  const names = activityNames()
  const clock = businessClock(world.days)
  openingCases(scene, names, clock, scene.openings)
  loanCases(scene, names, clock, scene.loans)
  // Planted complaints come last, so that the rows before them are those of the bank without the plant.
  const usual = scene.grievances.filter((one) => !one.planted)
  const planted = scene.grievances.filter((one) => one.planted)
  const first = complaintCases(scene, names, clock, usual, 0)
  const second = complaintCases(scene, names, clock, planted, first.cases)
  return {
    out,
    activities: names.names,
    cases: {
      account_opening: scene.openings.length,
      personal_loan: scene.loans.length,
      complaint_handling: second.cases,
    },
    texts: [...first.texts, ...second.texts, ...scene.survey.comments],
    baseline: { answers: scene.survey.baseline, tally: scene.tally },
  }
}
