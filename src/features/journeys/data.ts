import { and, asc, isNull, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { Services } from '#features/services.ts'
import { addDays, type Day, localDay } from '#lib/time.ts'
import type { Text } from '#lib/text.ts'
import { channels, type journey, type target } from './contract.ts'
import type { Store } from '#store/store.ts'
import { journeys, moments, stages, targets, touchpoints } from './tables.ts'
import { texts } from './texts.ts'

export type Journey = z.output<typeof journey>
export type Target = z.output<typeof target>

/** What a channel is called; a code that is not in the registry stands for itself. */
export function channelName(code: string | null): Text {
  const known = channels.find((channel) => channel === code)
  return known ? texts[`channel_${known}`] : { zh: code ?? '未知渠道', en: code ?? 'Unknown channel' }
}

/** The whole model in its order, without what is archived. The model is the bank's own, the same for every reader. */
export async function experienceModel({ store }: Pick<Services, 'store'>, _scope: Scope): Promise<Journey[]> {
  const inOrder = <T extends { position: number; name: string }>(rows: T[]) =>
    rows.sort((a, b) => a.position - b.position || a.name.localeCompare(b.name, 'zh'))
  const [allJourneys, allStages, allTouchpoints, allMoments] = await Promise.all([
    store.db.select().from(journeys).where(isNull(journeys.archivedAt)),
    store.db.select().from(stages).where(isNull(stages.archivedAt)),
    store.db.select().from(touchpoints).where(isNull(touchpoints.archivedAt)),
    store.db.select().from(moments).where(isNull(moments.archivedAt)),
  ])
  const head = (row: { id: string; name: string; nameEn: string; position: number; revision: number }) => ({
    id: row.id,
    name: row.name,
    nameEn: row.nameEn,
    position: row.position,
    revision: row.revision,
  })
  return inOrder(allJourneys).map((j) => ({
    ...head(j),
    stages: inOrder(allStages.filter((s) => s.journeyId === j.id)).map((s) => ({
      ...head(s),
      phase: s.phase,
      touchpoints: inOrder(allTouchpoints.filter((t) => t.stageId === s.id)).map((t) => ({
        ...head(t),
        facet: t.facet,
        channel: t.channel as Journey['stages'][number]['touchpoints'][number]['channel'],
        ownerUnitId: t.ownerUnitId,
        ownerUserId: t.ownerUserId,
        moments: inOrder(allMoments.filter((m) => m.touchpointId === t.id)).map((m) => ({ ...head(m), why: m.why })),
      })),
    })),
  }))
}

export async function listTargets({ store }: Pick<Services, 'store'>, scope: Scope): Promise<Target[]> {
  const rows = await store.db
    .select()
    .from(targets)
    .orderBy(asc(targets.metric), asc(targets.touchpointId), asc(targets.effectiveFrom))
  return rows.filter((row) => row.unitId === null || scope.units === 'all' || scope.units.includes(row.unitId))
}

/** Targets in force on a day, as a function: the most specific one wins (touchpoint and unit, touchpoint, unit, none). */
export async function targetsOn(services: Pick<Services, 'store'>, day: Day): Promise<TargetLookup> {
  const rows = await services.store.db
    .select()
    .from(targets)
    .where(
      and(
        sql`${targets.effectiveFrom} <= ${day}`,
        sql`(${targets.effectiveTo} is null or ${targets.effectiveTo} > ${day})`,
      ),
    )
  const found = new Map(rows.map((row) => [`${row.metric}|${row.touchpointId ?? ''}|${row.unitId ?? ''}`, row.value]))
  return (metric, touchpointId, unitIds) => {
    for (const t of touchpointId ? [touchpointId, ''] : ['']) {
      // Nearest unit first: the caller gives the unit and its ancestors, upwards.
      for (const u of [...unitIds, '']) {
        const value = found.get(`${metric}|${t}|${u}`)
        if (value !== undefined) return value
      }
    }
    return null
  }
}

export type TargetLookup = (metric: string, touchpointId: string | null, unitIds: readonly string[]) => number | null

/** Perception metrics: what only a customer can say. A touchpoint with none of them is measured by its operation at most. */
const perception = ['nps', 'csat', 'ces'] as const

export interface CoverageRow {
  touchpointId: string
  name: string
  nameEn: string
  journey: string
  journeyEn: string
  stage: string
  stageEn: string
  facet: Journey['stages'][number]['touchpoints'][number]['facet']
  channel: Journey['stages'][number]['touchpoints'][number]['channel']
  momentOfTruth: boolean
  ownerUnitId: string | null
  measured: { metric: string; n: number; lastDay: Day }[]
  volume: number
  state: 'measured' | 'few' | 'operational_only' | 'unmeasured'
}

/** Each touchpoint with what measured it in the period: the coverage check. */
export async function coverage(
  services: Services,
  scope: Scope,
  period?: { from: Day; to: Day },
): Promise<{ period: { from: Day; to: Day }; rows: CoverageRow[] }> {
  const today = localDay(services.clock(), services.home.timeZone)
  const within = period ?? { from: addDays(today, -90), to: addDays(today, -1) }
  const [model, answer] = await Promise.all([
    experienceModel(services, scope),
    services.ask('experience.coverage', within, scope),
  ])
  if (!answer.ok) throw new Error(`the coverage question failed: ${answer.reason}`)
  const rows = answer.value.rows as { touchpoint_id: string; metric: string; n: number; last_day: Day }[]
  return {
    period: within,
    rows: model.flatMap((j) =>
      j.stages.flatMap((s) =>
        s.touchpoints.map((t): CoverageRow => {
          const own = rows.filter((row) => row.touchpoint_id === t.id && row.n > 0)
          const measured = own
            .filter((row) => row.metric !== 'volume')
            .map((row) => ({ metric: row.metric, n: row.n, lastDay: row.last_day }))
          const said = Math.max(0, ...measured.filter((m) => perception.some((p) => p === m.metric)).map((m) => m.n))
          return {
            touchpointId: t.id,
            name: t.name,
            nameEn: t.nameEn,
            journey: j.name,
            journeyEn: j.nameEn,
            stage: s.name,
            stageEn: s.nameEn,
            facet: t.facet,
            channel: t.channel,
            momentOfTruth: t.moments.length > 0,
            ownerUnitId: t.ownerUnitId,
            measured,
            volume: own.find((row) => row.metric === 'volume')?.n ?? 0,
            state: said >= 30 ? 'measured' : said > 0 ? 'few' : measured.length > 0 ? 'operational_only' : 'unmeasured',
          }
        }),
      ),
    ),
  }
}

/** The model as the warehouse's touchpoint dimension, archived ones too: their history still has a name. */
export async function touchpointDimension(store: Pick<Store, 'query'>) {
  return store.query<{
    touchpoint_id: string
    name: string
    name_en: string
    journey_id: string
    stage_id: string
    phase: string
    facet: string
    channel: string
    owner_unit_id: string | null
    moment_of_truth: boolean
    position: number
  }>(
    `select t.id as touchpoint_id, t.name, t.name_en, s.journey_id, s.id as stage_id, s.phase, t.facet, t.channel, t.owner_unit_id,
            exists (select 1 from moments_of_truth m where m.touchpoint_id = t.id and m.archived_at is null) as moment_of_truth,
            row_number() over (order by j.position, j.id, s.position, s.id, t.position, t.id) as position
     from touchpoints t join stages s on s.id = t.stage_id join journeys j on j.id = s.journey_id`,
  )
}
