import { and, eq, inArray } from 'drizzle-orm'
import type { Scope } from '#access/scope.ts'
import type { Job } from '#features/job.ts'
import { targetsOn } from '#features/journeys/data.ts'
import type { Services } from '#features/services.ts'
import { type Hypothesis, longestPast } from '#methods/surveillance/surveil.ts'
import { addMonths, type Bank, firstDay, lastDay, monthOf, readBank, subtree } from './data/bank.ts'
import { customersAt } from './data/customers.ts'
import { periodsPerYear } from './data/measures.ts'
import {
  type Finder,
  type FinderContext,
  finders,
  type PeriodTest,
  type Sighting,
  surveyedMonth,
  type TargetOf,
  watchBank,
} from './finder.ts'
import { fold } from './mutations/fold.ts'
import { recordLate, recordPeriod, type Weighed } from './mutations/record.ts'
import { finderPeriods, findings } from './tables.ts'

/** Late facts are looked for in so many months back from the newest closed one. */
const lateMonths = 3

export interface FinderRun {
  /** finder and period tested by this run. */
  tested: { finder: string; period: string; hypotheses: number; raised: number }[]
}

/** Tests each closed period that no finder has seen yet. Running it twice tests nothing twice. */
export async function runFinders(services: Services, scope: Scope, signal?: AbortSignal): Promise<FinderRun> {
  const bank = await readBank(services, scope, signal)
  if (!bank) return { tested: [] }
  const ledger = await services.store.db.select().from(finderPeriods)
  const due = new Map(finders.map((finder) => [finder, monthsDue(bank, ledger, finder)]))
  const months = [...new Set([...due.values()].flat())].sort((a, b) => a - b)
  const late = ledger.filter(
    (line) =>
      line.period > addMonths(bank.months.at(-1)!, -lateMonths) &&
      line.factsN + line.lateN !== bank.factsN[bank.months.indexOf(line.period)],
  )
  const lateIndexes = late.map((line) => bank.months.indexOf(line.period)).filter((m) => m >= 0)
  if (months.length === 0 && lateIndexes.length === 0) return { tested: [] }
  const contextOf = await contexts(services, scope, bank, [...months, ...lateIndexes])

  for (const line of late) {
    const finder = finders.find(({ id }) => id === line.finder)
    const month = bank.months.indexOf(line.period)
    if (!finder || month < 0) continue
    const test = await finder.test(contextOf(month))
    const known = (await knownOf(services, finder)).filter(({ firstPeriod }) => firstPeriod <= line.period)
    const seen = await follow(services, scope, bank, known, test)
    const factsN = bank.factsN[month]!
    await recordLate(services, scope, { finder: finder.id, period: line.period, factsN, test, seen })
  }

  const tested: FinderRun['tested'] = []
  for (const month of months) {
    signal?.throwIfAborted()
    const period = bank.months[month]!
    const context = contextOf(month)
    const hypothesisOf = new Map<string, Hypothesis>()
    for (const finder of finders) {
      if (!due.get(finder)!.includes(month)) continue
      const test = await finder.test(context)
      const known = await knownOf(services, finder)
      const places = new Set(known.map(place))
      const raised = await weigh(
        services,
        scope,
        bank,
        test.sightings.filter((s) => !places.has(place(s))),
      )
      const followed = await follow(services, scope, bank, known, test)
      const written = await recordPeriod(services, scope, {
        finder,
        period,
        test,
        factsN: bank.factsN[month]!,
        raised,
        followed,
      })
      if (!written) continue
      tested.push({ finder: finder.id, period, hypotheses: test.hypotheses, raised: test.sightings.length })
      const seen = [...(await idsOf(services, finder, raised)), ...followed.map((f) => [f.id, f.sighting] as const)]
      for (const [id, sighting] of seen) if (sighting.hypothesis) hypothesisOf.set(id, sighting.hypothesis)
      // The next finder's turn: the server's other work comes first.
      await new Promise((resolve) => setImmediate(resolve))
    }
    await fold(services, scope, period, {
      bank,
      watched: context.watched,
      finderOrder: finders.map(({ id }) => id),
      hypothesisOf,
    })
  }
  return { tested }
}

/** A finder's first run looks back one year, whose error is allotted; later ones go on from the last period tested. */
function monthsDue(bank: Bank, ledger: readonly { finder: string; period: string }[], finder: Finder): number[] {
  const last = ledger
    .filter((line) => line.finder === finder.id)
    .map(({ period }) => period)
    .sort()
    .at(-1)
  const first = last === undefined ? Math.max(0, bank.months.length - periodsPerYear) : 0
  return bank.months.flatMap((month, i) => (i >= first && (last === undefined || month > last) ? [i] : []))
}

async function contexts(services: Services, scope: Scope, bank: Bank, months: readonly number[]) {
  const watched = watchBank(bank, await targetsThrough(services, bank.months, months))
  return (month: number): FinderContext => ({ services, scope, bank, ...surveyedMonth(bank, watched, month) })
}

/** The target in force all through a month, over the months that windows of the tested ones reach back to; else null. */
async function targetsThrough(services: Services, names: readonly string[], tested: readonly number[]) {
  const needed = names.flatMap((_, m) => (tested.some((month) => m <= month && m > month - longestPast) ? [m] : []))
  const lookups = new Map<number, Awaited<ReturnType<typeof targetsOn>>[]>()
  for (const m of needed)
    lookups.set(m, [await targetsOn(services, firstDay(names[m]!)), await targetsOn(services, lastDay(names[m]!))])
  const targetOf: TargetOf = (month, metric, touchpoint, unitIds) => {
    const [began, ended] = (lookups.get(month) ?? []).map((on) => on(metric, touchpoint || null, unitIds))
    return began !== undefined && began === ended ? began : null
  }
  return targetOf
}

const place = (s: { metric: string; touchpointId: string | null; unitId: string }) =>
  `${s.metric}|${s.touchpointId ?? ''}|${s.unitId}`

/** The finder's findings, each with the last month before the window in which it was first seen. */
const knownOf = (services: Services, finder: Finder) =>
  services.store.query<Known>(
    `select f.id, f.metric, f.touchpoint_id as "touchpointId", f.unit_id as "unitId", f.state, f.decided_at as "decidedAt",
            f.first_period as "firstPeriod",
            to_char((o.evidence -> 'window' ->> 'from')::date - 1, 'YYYY-MM') as "cleanUntil"
     from findings f
     left join lateral (
       select evidence from finding_observations o
       where o.finding_id = f.id and not o.late order by o.period, o.created_at limit 1
     ) o on true
     where f.finder = $1`,
    [finder.id],
  )

interface Known {
  id: string
  metric: string
  touchpointId: string | null
  unitId: string
  state: string
  decidedAt: string | null
  firstPeriod: string
  cleanUntil: string | null
}

async function weigh(services: Services, scope: Scope, bank: Bank, seen: readonly Sighting[]): Promise<Weighed[]> {
  if (seen.length === 0) return []
  const touchpoints = [...new Set(seen.flatMap((s) => s.touchpointId ?? []))]
  const moments = await services.store.query<{ id: string }>(
    'select distinct touchpoint_id as id from moments_of_truth where archived_at is null and touchpoint_id = any($1::text[])',
    [touchpoints],
  )
  const weighed: Weighed[] = []
  for (const s of seen) {
    const unitIds = s.unitId === bank.root ? ('all' as const) : subtree(bank.units, s.unitId)
    // A touchpoint that nobody measures hurts wherever its customers pass, not only at its owner.
    const where = s.direction === 'missing' ? ('all' as const) : unitIds
    weighed.push({
      ...s,
      customersAffected: await customersAt(services, scope, {
        ...s.window,
        touchpointId: s.touchpointId,
        unitIds: where,
      }),
      momentOfTruth: moments.some(({ id }) => id === s.touchpointId),
    })
  }
  return weighed
}

/**
 * What a finder sees now at the places it once raised. A resolved one is judged by the months after its resolution only;
 * every other one counts as still worse when it is found anew, or is by itself.
 */
async function follow(services: Services, scope: Scope, bank: Bank, known: readonly Known[], test: PeriodTest) {
  const found = new Map(test.sightings.map((s) => [place(s), s]))
  const seen = known.flatMap((f) => {
    const resolved = f.state === 'resolved' && f.decidedAt !== null
    const after = resolved ? monthOf(f.decidedAt!) : null
    const again = test.seenAgain(f, { after, cleanUntil: f.cleanUntil })
    const anew = found.get(place(f))
    const sighting = again
      ? {
          ...again,
          significant: again.significant || (anew !== undefined && !resolved),
          goesOn: resolved ? again.significant : again.goesOn || anew !== undefined,
        }
      : (anew ?? test.seenAt(f))
    return sighting ? [{ id: f.id, sighting }] : []
  })
  const weighed = await weigh(
    services,
    scope,
    bank,
    seen.map(({ sighting }) => sighting),
  )
  return seen.map(({ id }, i) => ({ id, sighting: weighed[i]! }))
}

async function idsOf(services: Services, finder: Finder, raised: readonly Weighed[]): Promise<[string, Weighed][]> {
  if (raised.length === 0) return []
  const rows = await services.store.db
    .select()
    .from(findings)
    .where(
      and(
        eq(findings.finder, finder.id),
        inArray(
          findings.unitId,
          raised.map((s) => s.unitId),
        ),
      ),
    )
  const byPlace = new Map(rows.map((row) => [place(row), row.id]))
  return raised.flatMap((s): [string, Weighed][] => {
    const id = byPlace.get(place(s))
    return id ? [[id, s]] : []
  })
}

export const jobs: readonly Job[] = [
  {
    name: 'findings.find',
    schedule: { daily: '05:20' },
    run: async (services, scope, signal) => {
      await runFinders(services, scope, signal)
    },
  },
]
