import { and, eq, ne, sql } from 'drizzle-orm'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { recordAudit } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { monthOf } from '../data/bank.ts'
import type { Finder, PeriodTest, Sighting } from '../finder.ts'
import { findingHistory, findingObservations, findings, finderPeriods, type ObservationEvidence } from '../tables.ts'

type Finding = typeof findings.$inferSelect

/** A sighting with the customers it touches and whether a moment of truth is among them. */
export interface Weighed extends Sighting {
  customersAffected: number
  momentOfTruth: boolean
}

/** A dismissed finding returns when its loss has grown by half and by one step at least. */
export const materiallyWorse = (loss: number, dismissedLoss: number): boolean =>
  loss >= 1.5 * dismissedLoss && loss >= dismissedLoss + 1

const mostSteps = 10
/** A moment of truth weighs half as much again. */
const momentFactor = 1.5

export const severityOf = (s: Pick<Weighed, 'loss' | 'customersAffected' | 'momentOfTruth'>): number =>
  Math.min(mostSteps, s.loss) * s.customersAffected * (s.momentOfTruth ? momentFactor : 1)

export interface Period {
  finder: Finder
  period: string
  test: PeriodTest
  factsN: number
  /** Significant at places never raised before. */
  raised: readonly Weighed[]
  /** What is seen now at places raised before. */
  followed: readonly { id: string; sighting: Weighed }[]
}

/**
 * Writes what a finder saw in one closed period: the ledger's line, new findings, one observation each. Answers false,
 * and writes nothing, where the period has been tested already.
 */
export async function recordPeriod(services: Services, scope: Scope, entry: Period): Promise<boolean> {
  const { finder, period, test, raised } = entry
  const at = services.clock().toISOString()
  return services.store.transaction(async (tx) => {
    const line = await tx.db
      .insert(finderPeriods)
      .values({
        finder: finder.id,
        period,
        finderVersion: finder.version,
        alpha: test.alpha,
        hypotheses: test.hypotheses,
        rejected: test.sightings.length,
        factsN: entry.factsN,
        testedAt: at,
      })
      .onConflictDoNothing()
      .returning({ finder: finderPeriods.finder })
    if (line.length === 0) return false
    for (const sighting of raised) await open(tx, entry, sighting, at)
    for (const { id, sighting } of entry.followed) {
      const [found] = await tx.db.select().from(findings).where(eq(findings.id, id))
      if (found) await observe(tx, scope, entry, found, sighting, at)
    }
    await recordAudit(tx, scope.actor, {
      action: 'finder.test',
      objectKind: 'finder',
      objectId: finder.id,
      detail: {
        period,
        alpha: test.alpha,
        hypotheses: test.hypotheses,
        rejected: test.sightings.length,
        new: raised.length,
      },
    })
    return true
  })
}

async function open(tx: Tx, { finder, period, test }: Period, s: Weighed, at: string): Promise<void> {
  const id = newId('fnd')
  await tx.db.insert(findings).values({
    id,
    finder: finder.id,
    metric: s.metric,
    touchpointId: s.touchpointId,
    unitId: s.unitId,
    direction: s.direction,
    severity: severityOf(s),
    confidence: s.confidence,
    loss: s.loss,
    customersAffected: s.customersAffected,
    firstPeriod: period,
    lastPeriod: period,
    lastSeenPeriod: period,
    createdAt: at,
    updatedAt: at,
  })
  await addObservation(tx, id, period, test, s, at, false)
}

/** Adds the period to a finding that is known; a dismissed or resolved one may come back by it. */
async function observe(tx: Tx, scope: Scope, { period, test }: Period, found: Finding, s: Weighed, at: string) {
  await addObservation(tx, found.id, period, test, s, at, false)
  const back = s.significant && comesBack(found, s)
  await tx.db
    .update(findings)
    .set({
      severity: severityOf(s),
      confidence: s.confidence,
      loss: s.loss,
      customersAffected: s.customersAffected,
      lastPeriod: period,
      ...(s.goesOn ? { lastSeenPeriod: period } : {}),
      ...(back ? { state: 'new', returnedAt: at, dismissedLoss: null, revision: found.revision + 1 } : {}),
      updatedAt: at,
    })
    .where(eq(findings.id, found.id))
  if (!back) return
  const event = found.state === 'resolved' ? 'reopen' : 'return'
  await tx.db.insert(findingHistory).values({
    id: newId('fhi'),
    findingId: found.id,
    at,
    actor: scope.actor.id,
    actorKind: scope.actor.kind,
    event,
    before: { state: found.state, reason: found.reason, note: found.note, dismissedLoss: found.dismissedLoss },
  })
  await recordAudit(tx, scope.actor, {
    action: `finding.${event}`,
    objectKind: 'finding',
    objectId: found.id,
    detail: { period, loss: s.loss, before: found.state, dismissedLoss: found.dismissedLoss },
  })
}

function comesBack(found: Finding, s: Weighed): boolean {
  if (found.state === 'dismissed') return materiallyWorse(s.loss, found.dismissedLoss ?? 0)
  // Only months wholly after the decision speak against it.
  return found.state === 'resolved' && found.decidedAt !== null && monthOf(s.window.from) > monthOf(found.decidedAt)
}

export async function addObservation(
  tx: Tx,
  findingId: string,
  period: string,
  test: { alpha: number; hypotheses: number },
  s: Weighed,
  at: string,
  late: boolean,
): Promise<void> {
  await tx.db.insert(findingObservations).values({
    id: newId('fob'),
    findingId,
    period,
    windowMonths: s.windowMonths,
    value: s.value,
    reference: s.reference,
    difference: s.difference,
    low: s.low,
    high: s.high,
    n: s.n,
    pValue: s.pValue,
    significant: s.significant,
    customersAffected: s.customersAffected,
    late,
    definitionVersion: s.definitionVersion,
    evidence: evidenceOf(s, test),
    createdAt: at,
  })
}

/** The questions that give the observation's numbers again. */
function evidenceOf(s: Sighting, { alpha, hypotheses }: { alpha: number; hypotheses: number }): ObservationEvidence {
  const asked = (from: string, to: string) => ({
    question: s.direction === 'missing' ? 'experience.coverage' : 'findings.cell',
    parameters:
      s.direction === 'missing'
        ? { from, to }
        : { metric: s.metric, touchpoint: s.touchpointId, unit: s.unitId, from, to },
  })
  const { from, to } = s.comparedWith
  return {
    value: asked(s.window.from, s.window.to),
    reference: from && to ? asked(from, to) : null,
    window: s.window,
    comparedWith: s.comparedWith,
    othersChange: s.othersChange,
    margin: s.margin,
    alpha,
    hypotheses,
  }
}

/** Facts that came after a period had been tested: seen once more for its findings, never tested again. */
export async function recordLate(
  services: Services,
  scope: Scope,
  late: {
    finder: string
    period: string
    factsN: number
    test: PeriodTest
    seen: readonly { id: string; sighting: Weighed }[]
  },
): Promise<void> {
  const at = services.clock().toISOString()
  await services.store.transaction(async (tx) => {
    const moved = await tx.db
      .update(finderPeriods)
      .set({ lateN: sql`${late.factsN} - ${finderPeriods.factsN}` })
      .where(
        and(
          eq(finderPeriods.finder, late.finder),
          eq(finderPeriods.period, late.period),
          ne(sql`${finderPeriods.factsN} + ${finderPeriods.lateN}`, late.factsN),
        ),
      )
      .returning({ finder: finderPeriods.finder })
    if (moved.length === 0) return
    for (const { id, sighting } of late.seen) await addObservation(tx, id, late.period, late.test, sighting, at, true)
    await recordAudit(tx, scope.actor, {
      action: 'finder.late',
      objectKind: 'finder',
      objectId: late.finder,
      detail: { period: late.period, facts: late.factsN, observations: late.seen.length },
    })
  })
}
