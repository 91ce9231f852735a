import { and, eq, inArray } from 'drizzle-orm'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { addSums, type CellSums, noSums } from '#methods/surveillance/scales.ts'
import { without } from '#methods/surveillance/followUp.ts'
import type { Hypothesis, WatchedPlace } from '#methods/surveillance/surveil.ts'
import { recordAudit } from '#store/audit.ts'
import type { Bank } from '../data/bank.ts'
import { findings } from '../tables.ts'

type Finding = Pick<
  typeof findings.$inferSelect,
  'id' | 'finder' | 'metric' | 'touchpointId' | 'unitId' | 'severity' | 'parentId'
>

const ofOneTeam = new Set(['wait', 'duration'])

export interface Folding {
  bank: Pick<Bank, 'units' | 'cells' | 'months'>
  watched: readonly WatchedPlace[]
  finderOrder: readonly string[]
  /** The test behind each finding that was looked at in the period. */
  hypothesisOf: ReadonlyMap<string, Hypothesis>
}

/** What is left of a parent without its children is harmless when its p is above this. */
const harmlessAbove = 0.01

/**
 * Who is explained by whom: a unit by the worse units below it, when without them it is no longer worse; one finder's
 * finding by another's at the same place. Pure; answers each finding's parent, or null.
 */
export function parentsOf(open: readonly Finding[], folding: Folding): Map<string, string | null> {
  const { bank, watched, finderOrder, hypothesisOf } = folding
  const pathOf = (f: Finding) => bank.units.get(f.unitId)?.path ?? ''
  const samePlace = (a: Finding, b: Finding) => a.metric === b.metric && a.touchpointId === b.touchpointId
  const lies = (inner: Finding, outer: Finding) =>
    inner.unitId !== outer.unitId && pathOf(inner).startsWith(pathOf(outer))
  const parents = new Map<string, string | null>(open.map(({ id }) => [id, null]))
  const byId = new Map(open.map((f) => [f.id, f]))
  // What is hidden never explains another: a chain is followed to its end.
  const headOf = (f: Finding): Finding => {
    let head = f
    for (let steps = 0; steps < open.length; steps++) {
      const next = parents.get(head.id)
      if (!next) break
      head = byId.get(next)!
    }
    return head
  }

  // Lowest units first: what explains a unit's child explains the unit, too.
  for (const f of open.toSorted((a, b) => pathOf(b).length - pathOf(a).length)) {
    const h = hypothesisOf.get(f.id)
    const below = open.filter((other) => samePlace(f, other) && lies(other, f))
    if (!h || below.length === 0) continue
    // A worse unit is left out whole, with all that is worse within it.
    const topmost = below.filter((child) => !below.some((other) => lies(child, other)))
    if (without(watched, h, sumsBelow(bank, f, topmost)) <= harmlessAbove) continue
    parents.set(f.id, gravest(topmost.map(headOf)).id)
  }
  for (const group of Map.groupBy(open, (f) => `${f.metric}|${f.touchpointId}|${f.unitId}`).values()) {
    const [head, ...others] = group.toSorted((a, b) => finderOrder.indexOf(a.finder) - finderOrder.indexOf(b.finder))
    for (const other of others) if (parents.get(other.id) === null) parents.set(other.id, headOf(head!).id)
  }
  // One queue and one team serve all who come to a place: all its touchpoints together, whatever explains them, else the
  // worst, stand for the others.
  const times = open.filter((f) => ofOneTeam.has(f.metric))
  for (const group of Map.groupBy(times, (f) => `${f.metric}|${f.unitId}`).values()) {
    const shown = group.filter((f) => parents.get(f.id) === null)
    const together = group.filter((f) => f.touchpointId === null)
    if (shown.length === 0) continue
    const head = headOf(together[0] ?? gravest(shown))
    for (const other of shown) if (other !== head) parents.set(other.id, head.id)
  }
  for (const f of open) {
    const head = headOf(f)
    parents.set(f.id, head === f ? null : head.id)
  }
  return parents
}

const gravest = (found: readonly Finding[]): Finding => found.toSorted((a, b) => b.severity - a.severity)[0]!

function sumsBelow(bank: Folding['bank'], parent: Finding, children: readonly Finding[]): CellSums[] {
  const paths = children.map((child) => bank.units.get(child.unitId)!.path)
  const cells = bank.cells.filter(
    (cell) =>
      cell.measure === parent.metric &&
      cell.touchpoint === (parent.touchpointId ?? '') &&
      paths.some((path) => bank.units.get(cell.unit)?.path.startsWith(path)),
  )
  return bank.months.map((_, m) => cells.reduce((sum, cell) => addSums(sum, cell.months[m] ?? noSums), noSums))
}

/** Folds the open findings that are still worse in a period. */
export async function fold(services: Services, scope: Scope, period: string, folding: Folding): Promise<void> {
  await services.store.transaction(async (tx) => {
    const open = await tx.db
      .select()
      .from(findings)
      .where(and(inArray(findings.state, ['new', 'accepted']), eq(findings.lastSeenPeriod, period)))
    const parents = parentsOf(open, folding)
    const changed = open.filter((f) => (parents.get(f.id) ?? null) !== f.parentId)
    for (const f of changed)
      await tx.db
        .update(findings)
        .set({ parentId: parents.get(f.id) ?? null })
        .where(eq(findings.id, f.id))
    if (changed.length > 0)
      await recordAudit(tx, scope.actor, {
        action: 'finding.fold',
        objectKind: 'finding',
        detail: { period, folded: Object.fromEntries(changed.map((f) => [f.id, parents.get(f.id) ?? null])) },
      })
  })
}
