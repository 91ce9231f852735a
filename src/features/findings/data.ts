import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import { addMonths, firstDay, lastDay } from './data/bank.ts'
import { caveatTexts, type Caveat, findingTitle, measureName, measureUnit, measureVersion } from './data/sentences.ts'
import type { ObservationEvidence } from './tables.ts'

export {
  addMonths,
  firstDay,
  lastDay,
  monthOf,
  settlingDays,
  subtree,
  type Unit,
  unitsOf,
  upwards,
} from './data/bank.ts'
export { measureName, measureUnit, measureVersion, written } from './data/sentences.ts'
export { customersAt } from './data/customers.ts'

export interface FindingRow {
  id: string
  finder: string
  metric: string
  metricName: Text
  metricUnit: string
  metricVersion: number
  touchpointId: string | null
  touchpointName: Text | null
  unitId: string
  unitName: Text
  segment: string | null
  direction: 'worse' | 'missing'
  title: Text
  state: 'new' | 'accepted' | 'dismissed' | 'resolved' | 'merged'
  reason: string | null
  note: string | null
  decidedBy: string | null
  decidedAt: string | null
  ownerUserId: string | null
  value: number | null
  reference: number | null
  difference: number | null
  low: number | null
  high: number | null
  n: number
  customersAffected: number
  severity: number
  confidence: number
  severityLevel: 'critical' | 'high' | 'medium' | 'low'
  momentOfTruth: boolean
  firstPeriod: string
  lastPeriod: string
  lastSeenPeriod: string
  current: boolean
  windowMonths: number
  parentId: string | null
  mergedInto: string | null
  watched: boolean
  returnedAt: string | null
  revision: number
}

export interface FindingFilter {
  state?: FindingRow['state'] | 'open' | 'all'
  metric?: string | undefined
  finder?: string | undefined
  touchpoint?: string | undefined
  watched?: boolean
  /** Those that another open finding explains, too. */
  folded?: boolean
  current?: boolean
  ids?: readonly string[]
  parentId?: string
  mergedInto?: string
  owner?: string
  cursor?: string | undefined
  limit?: number
}

/** In steps of what a customer notices × customers: a thousand customers who notice it once are "medium". */
const levelOf = (severity: number): FindingRow['severityLevel'] =>
  severity >= 20_000 ? 'critical' : severity >= 5_000 ? 'high' : severity >= 1_000 ? 'medium' : 'low'

type Row = Omit<
  FindingRow,
  'metricName' | 'metricUnit' | 'metricVersion' | 'touchpointName' | 'unitName' | 'title' | 'severityLevel'
> & { unitZh: string; unitEn: string | null; touchpointZh: string | null; touchpointEn: string | null; rank: number }

const newestOf = '(select max(period) from finder_periods p where p.finder = f.finder)'
const columns = `
  f.id, f.finder, f.metric, f.touchpoint_id as "touchpointId", f.unit_id as "unitId", f.segment, f.direction, f.state,
  f.reason, f.note, f.decided_by as "decidedBy", f.decided_at as "decidedAt", f.owner_user_id as "ownerUserId",
  f.customers_affected as "customersAffected", f.severity, f.confidence, f.first_period as "firstPeriod",
  f.last_period as "lastPeriod", f.last_seen_period as "lastSeenPeriod",
  f.last_seen_period = ${newestOf} as current, f.parent_id as "parentId", f.merged_into as "mergedInto",
  f.returned_at as "returnedAt", f.revision, f.severity * f.confidence as rank,
  u.name as "unitZh", u.name_en as "unitEn", t.name as "touchpointZh", t.name_en as "touchpointEn",
  exists (select 1 from moments_of_truth m where m.touchpoint_id = f.touchpoint_id and m.archived_at is null) as "momentOfTruth",
  exists (select 1 from finding_watches w where w.finding_id = f.id and w.user_id = $1) as watched,
  o.value, o.reference, o.difference, o.low, o.high, coalesce(o.n, 0) as n, coalesce(o.window_months, 0) as "windowMonths"`
const tables = `
  from findings f join units u on u.id = f.unit_id left join touchpoints t on t.id = f.touchpoint_id
  left join lateral (
    select * from finding_observations o where o.finding_id = f.id order by o.period desc, o.late desc, o.created_at desc, o.id desc limit 1
  ) o on true`

function complete({ unitZh, unitEn, touchpointZh, touchpointEn, rank: _, ...row }: Row): FindingRow {
  const unitName = { zh: unitZh, en: unitEn ?? unitZh }
  const touchpointName = touchpointZh === null ? null : { zh: touchpointZh, en: touchpointEn ?? touchpointZh }
  return {
    ...row,
    metricName: measureName(row.metric),
    metricUnit: measureUnit(row.metric),
    metricVersion: measureVersion(row.metric),
    unitName,
    touchpointName,
    title: findingTitle({ ...row, unitName, touchpointName }),
    severityLevel: levelOf(row.severity),
  }
}

const encode = (row: Row): string => Buffer.from(JSON.stringify([row.current, row.rank, row.id])).toString('base64url')

function decode(cursor: string): [boolean, number, string] | undefined {
  try {
    const [current, rank, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    return typeof current === 'boolean' && typeof rank === 'number' && typeof id === 'string'
      ? [current, rank, id]
      : undefined
  } catch {
    return undefined
  }
}

/** Findings inside the scope, what has not recovered first, then by severity × confidence. */
export async function listFindings(
  services: Pick<Services, 'store'>,
  scope: Scope,
  filter: FindingFilter = {},
): Promise<Result<{ items: FindingRow[]; next: string | null; total: number }, 'bad_request'>> {
  const values: unknown[] = [scope.actor.id]
  const bind = (value: unknown): string => `$${values.push(value)}`
  const where: string[] = []
  if (scope.units !== 'all') where.push(`f.unit_id = any(${bind(scope.units)}::text[])`)
  const state = filter.state ?? 'open'
  if (state === 'open') where.push("f.state in ('new', 'accepted')")
  else if (state !== 'all') where.push(`f.state = ${bind(state)}`)
  if (filter.metric) where.push(`f.metric = ${bind(filter.metric)}`)
  if (filter.finder) where.push(`f.finder = ${bind(filter.finder)}`)
  if (filter.touchpoint) where.push(`f.touchpoint_id = ${bind(filter.touchpoint)}`)
  if (filter.ids) where.push(`f.id = any(${bind(filter.ids)}::text[])`)
  if (filter.parentId) where.push(`f.parent_id = ${bind(filter.parentId)}`)
  if (filter.mergedInto) where.push(`f.merged_into = ${bind(filter.mergedInto)}`)
  if (filter.owner) where.push(`f.owner_user_id = ${bind(filter.owner)}`)
  if (filter.watched)
    where.push('exists (select 1 from finding_watches w where w.finding_id = f.id and w.user_id = $1)')
  if (filter.current) where.push(`f.last_seen_period = ${newestOf}`)
  if (!filter.folded)
    where.push("not exists (select 1 from findings x where x.id = f.parent_id and x.state in ('new', 'accepted'))")
  const all = where.length > 0 ? `where ${where.join(' and ')}` : ''
  const [count] = await services.store.query<{ n: number }>(
    // The caller's id is bound even where no condition names it.
    `select count(*) as n from findings f ${all}${all ? ' and' : ' where'} $1::text is not null`,
    values,
  )
  let after = ''
  if (filter.cursor) {
    const at = decode(filter.cursor)
    if (!at) return fail('bad_request')
    const [current, rank, id] = at.map(bind) as [string, string, string]
    after = `where (not current, -rank, id) > (not ${current}::boolean, -(${rank}::double precision), ${id}::text)`
  }
  const limit = filter.limit ?? 50
  const rows = await services.store.query<Row>(
    `select * from (select ${columns} ${tables} ${all}) as ranked ${after}
     order by not current, -rank, id limit ${bind(limit + 1)}`,
    values,
  )
  const items = rows.slice(0, limit)
  return ok({
    items: items.map(complete),
    next: rows.length > limit ? encode(items.at(-1)!) : null,
    total: Number(count!.n),
  })
}

/** One finding, undefined where it is not there or outside the scope. */
export async function findingById(
  services: Pick<Services, 'store'>,
  scope: Scope,
  id: string,
): Promise<FindingRow | undefined> {
  const found = await listFindings(services, scope, { ids: [id], state: 'all', folded: true, limit: 1 })
  return found.ok ? found.value.items[0] : undefined
}

export interface ObservationRow {
  id: string
  period: string
  windowMonths: number
  value: number | null
  reference: number | null
  difference: number | null
  low: number | null
  high: number | null
  n: number
  pValue: number | null
  significant: boolean
  customersAffected: number
  late: boolean
  definitionVersion: number
  evidence: ObservationEvidence
}

export const observationsOf = (services: Pick<Services, 'store'>, id: string): Promise<ObservationRow[]> =>
  services.store.query<ObservationRow>(
    `select id, period, window_months as "windowMonths", value, reference, difference, low, high, n,
            p_value as "pValue", significant, customers_affected as "customersAffected", late,
            definition_version as "definitionVersion", evidence
     from finding_observations where finding_id = $1 order by period, late, created_at, id`,
    [id],
  )

export async function historyOf(services: Pick<Services, 'store'>, id: string) {
  return services.store.query<{
    id: string
    at: string
    actor: string
    event: string
    reason: string | null
    note: string | null
    undone: boolean
  }>(
    `select id, at, actor, event, reason, note, undone_at is not null as undone
     from finding_history where finding_id = $1 order by at, id`,
    [id],
  )
}

/** What else could explain it, from what is known without another look at the facts. */
export function caveatsOf(finding: FindingRow, observations: readonly ObservationRow[]): Caveat[] {
  if (finding.direction === 'missing') return []
  const newest = observations.at(-1)
  const caveats: Caveat[] = []
  if (finding.n < 100) caveats.push('few_answers')
  if (observations.filter((o) => o.significant && !o.late).length <= 1) caveats.push('one_period')
  if (!finding.current) caveats.push('not_current')
  if (observations.some((o) => o.late)) caveats.push('late_data')
  if (newest && newest.evidence.othersChange === null && newest.evidence.comparedWith.kind !== 'target')
    caveats.push('no_last_year')
  caveats.push('extreme')
  return caveats
}

/** One finding with its whole evidence. */
export async function readFinding(services: Pick<Services, 'store'>, scope: Scope, id: string) {
  const finding = await findingById(services, scope, id)
  if (!finding) return fail('not_found')
  const [observations, history, folded, merged] = await Promise.all([
    observationsOf(services, id),
    historyOf(services, id),
    listFindings(services, scope, { parentId: id, state: 'all', folded: true, limit: 100 }),
    listFindings(services, scope, { mergedInto: id, state: 'all', folded: true, limit: 100 }),
  ])
  const newest = observations.at(-1)
  // Against a target or of a trend there is no past in the evidence: a year and a half shows since when.
  const past = newest?.evidence.comparedWith.kind === 'own_past' ? newest.evidence.comparedWith.from : null
  const from = past ?? firstDay(addMonths(finding.firstPeriod, -18))
  const to = newest?.evidence.window.to ?? lastDay(finding.lastPeriod)
  const place = { metric: finding.metric, touchpoint: finding.touchpointId, unit: finding.unitId }
  const coverage = { question: 'experience.coverage', parameters: { from, to } }
  const missing = finding.direction === 'missing'
  return ok({
    finding,
    observations,
    history,
    folded: folded.ok ? folded.value.items : [],
    merged: merged.ok ? merged.value.items : [],
    caveats: caveatsOf(finding, observations).map((code) => ({ code, text: caveatTexts[code] })),
    trend: missing ? coverage : { question: 'findings.cell', parameters: { ...place, from, to } },
    comparison: missing
      ? null
      : {
          question: 'findings.peers',
          parameters: {
            metric: finding.metric,
            touchpoint: finding.touchpointId,
            unit: finding.unitId,
            ...(newest?.evidence.window ?? { from, to }),
          },
        },
    cases: missing
      ? coverage
      : {
          question: 'findings.cases',
          parameters: { ...place, ...(newest?.evidence.window ?? { from, to }) },
        },
    undoable: undoableOf(history) !== undefined,
  })
}

export const decisionEvents = ['accept', 'dismiss', 'resolve', 'merge'] as const

/** The newest event, where it is a decision that has not been taken back. */
export function undoableOf<H extends { event: string; undone: boolean }>(history: readonly H[]): H | undefined {
  const newest = history.filter((entry) => entry.event !== 'undo' && !entry.undone).at(-1)
  return newest && (decisionEvents as readonly string[]).includes(newest.event) ? newest : undefined
}

export interface LedgerLine {
  finder: string
  period: string
  finderVersion: number
  alpha: number
  /** Counts are the whole bank's: null for whoever does not see all of it. */
  hypotheses: number | null
  rejected: number | null
  factsN: number | null
  lateN: number | null
  testedAt: string
}

/** What was tested when, at which allotted error. */
export async function ledgerOf(services: Pick<Services, 'store'>, scope: Scope): Promise<LedgerLine[]> {
  const lines = await services.store.query<LedgerLine>(
    `select finder, period, finder_version as "finderVersion", alpha, hypotheses, rejected, facts_n as "factsN",
            late_n as "lateN", tested_at as "testedAt"
     from finder_periods order by period desc, finder limit 600`,
  )
  if (scope.units === 'all') return lines
  return lines.map((line) => ({ ...line, hypotheses: null, rejected: null, factsN: null, lateN: null }))
}
