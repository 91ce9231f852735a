import type { Tx } from '#store/store.ts'
import { demoJourneys, phaseNames } from '../bank/touchpoints.ts'
import type { DemoTarget } from '../targets.ts'
import { firstDay, type World } from '../world.ts'
import { type BulkColumn, bulkInsert, made } from './bulk.ts'

const text = (values: (string | null)[]): BulkColumn => ({ type: 'text', values })
const whole = (values: number[]): BulkColumn => ({ type: 'integer', values })

export async function writeUnits(tx: Tx, world: World, loadId: number): Promise<void> {
  const { units, paths } = world
  await bulkInsert(tx, 'units', {
    id: text(units.map((unit) => unit.id)),
    code: text(units.map((unit) => unit.id.toUpperCase())),
    name: text(units.map((unit) => unit.name)),
    name_en: text(units.map((unit) => unit.nameEn)),
    level: text(units.map((unit) => unit.level)),
    kind: text(units.map((unit) => unit.kind)),
    parent_id: text(units.map((unit) => unit.parent)),
    path: text(units.map((unit) => paths.get(unit.id) ?? '')),
    opened_on: { type: 'date', values: units.map(() => '2008-01-01') },
    load_id: { type: 'bigint', values: units.map(() => loadId) },
  })
  await bulkInsert(
    tx,
    'load_changes',
    made(
      loadId,
      'units',
      units.map((unit) => unit.id),
    ),
  )
}

/** Journeys with a stage for each phase, touchpoints with facet, channel and owner, moments of truth. */
export async function writeExperienceModel(tx: Tx, world: World): Promise<void> {
  await bulkInsert(tx, 'journeys', {
    id: text(demoJourneys.map((journey) => `j_${journey.id}`)),
    name: text(demoJourneys.map((journey) => journey.name)),
    name_en: text(demoJourneys.map((journey) => journey.nameEn)),
    position: whole(demoJourneys.map((_, i) => i + 1)),
  })
  const stages = demoJourneys.flatMap((journey) =>
    (['before', 'during', 'after'] as const)
      .filter((phase) => world.touchpoints.some((t) => t.journey === journey.id && t.phase === phase))
      .map((phase, i) => ({ id: `s_${journey.id}_${phase}`, journey: `j_${journey.id}`, phase, position: i + 1 })),
  )
  await bulkInsert(tx, 'stages', {
    id: text(stages.map((stage) => stage.id)),
    journey_id: text(stages.map((stage) => stage.journey)),
    name: text(stages.map((stage) => phaseNames[stage.phase].zh)),
    name_en: text(stages.map((stage) => phaseNames[stage.phase].en)),
    phase: text(stages.map((stage) => stage.phase)),
    position: whole(stages.map((stage) => stage.position)),
  })
  const { touchpoints } = world
  await bulkInsert(tx, 'touchpoints', {
    id: text(touchpoints.map((touchpoint) => touchpoint.id)),
    stage_id: text(touchpoints.map((touchpoint) => `s_${touchpoint.journey}_${touchpoint.phase}`)),
    name: text(touchpoints.map((touchpoint) => touchpoint.name)),
    name_en: text(touchpoints.map((touchpoint) => touchpoint.nameEn)),
    facet: text(touchpoints.map((touchpoint) => touchpoint.facet)),
    channel: text(touchpoints.map((touchpoint) => touchpoint.channel)),
    owner_unit_id: text(touchpoints.map((touchpoint) => touchpoint.owner)),
    position: whole(touchpoints.map((_, i) => i + 1)),
  })
  const moments = touchpoints.flatMap((touchpoint) =>
    touchpoint.moment ? [{ ...touchpoint.moment, touchpoint: touchpoint.id }] : [],
  )
  await bulkInsert(tx, 'moments_of_truth', {
    id: text(moments.map((moment) => moment.touchpoint.replace('tp_', 'mot_'))),
    touchpoint_id: text(moments.map((moment) => moment.touchpoint)),
    name: text(moments.map((moment) => moment.name)),
    name_en: text(moments.map((moment) => moment.nameEn)),
    why: text(moments.map((moment) => moment.why)),
    position: whole(moments.map(() => 1)),
  })
}

export async function writeTargets(tx: Tx, world: World, targets: readonly DemoTarget[]): Promise<void> {
  await bulkInsert(tx, 'targets', {
    id: text(targets.map((target) => ['tgt', target.metric, target.unit, target.touchpoint].filter(Boolean).join('_'))),
    metric: text(targets.map((target) => target.metric)),
    touchpoint_id: text(targets.map((target) => target.touchpoint)),
    unit_id: text(targets.map((target) => target.unit)),
    value: { type: 'double precision', values: targets.map((target) => target.value) },
    effective_from: { type: 'date', values: targets.map(() => firstDay(world)) },
    set_by: text(targets.map(() => 'operator')),
  })
}
