import { scopeOfJob, scopeOfUser } from '#access/mint.ts'
import type { Scope } from '#access/scope.ts'
import { settlingDays } from '#features/findings/data.ts'
import { runFinders } from '#features/findings/jobs.ts'
import { decide } from '#features/findings/mutations.ts'
import { decideEffect, estimateEffect } from '#features/improvement/mutations/effects.ts'
import { finishAction, lockAction, planAction, startAction } from '#features/improvement/mutations.ts'
import type { Services } from '#features/services.ts'
import type { Result } from '#lib/result.ts'
import { addDays, type Day } from '#lib/time.ts'
import { dayIndex, decidedBefore } from './plants/check.ts'
import type { Plant } from './plants/schema.ts'
import type { World } from './world.ts'

type ActionPlant = Extract<Plant, { kind: 'action' }>

/** Days after its start that an action's effect is judged. */
const judgedAfter = 16 * 7

/** What a hopeful bank expects where the plant does not say: about what a customer would notice. */
const hopes: Record<ActionPlant['metric'], number> = { csat: 0.3, ces: 0.4, nps: 10, success_rate: 0.01 }

interface Step {
  on: Day
  /** What the finders have seen until then matters for this step. */
  needsFindings?: boolean
  take(services: Services): Promise<void>
}

/**
 * Lives the bank's last years through again as its people did: finders run, a finding is accepted, an action planned,
 * registered, begun and judged, each on its day. What is not due yet stays under way.
 */
export async function playStory(services: Services, world: World, users: ReadonlyMap<string, string>): Promise<void> {
  const steps = world.plants
    .filter((plant): plant is ActionPlant => plant.kind === 'action')
    .flatMap((plant) => stepsOf(world, plant, users))
    .filter((step) => step.on <= world.until)
    .sort((a, b) => a.on.localeCompare(b.on))
  const days = [...new Set(steps.map((step) => step.on))]
  for (const on of days) {
    const then = on === addDays(world.until, 1) ? services : asOf(services, world, on)
    if (steps.some((step) => step.on === on && step.needsFindings)) await runFinders(then, scopeOfJob('findings.find'))
    for (const step of steps) if (step.on === on) await step.take(then)
  }
  await runFinders(services, scopeOfJob('findings.find'))
}

/** The same services at ten in the morning of a past day. */
function asOf(services: Services, world: World, on: Day): Services {
  const day = world.days.find((one) => one.day === on)
  if (!day) throw new Error(`${on} lies outside the history`)
  const instant = (day.midnight + 10 * 3600) * 1000
  return { ...services, clock: () => new Date(instant) }
}

function stepsOf(world: World, plant: ActionPlant, users: ReadonlyMap<string, string>): Step[] {
  const startOn = addDays(world.days[0]?.day ?? world.until, dayIndex(plant.from, world.until, world.days.length))
  const analysisOn = addDays(startOn, judgedAfter)
  const manager = users.get('tiyan') ?? ''
  const owner = users.get(plant.unit.startsWith('dg') ? 'qudao' : plant.unit.startsWith('hz') ? 'fenhang' : 'tiyan')
  let id = ''
  return [
    {
      on: addDays(startOn, -decidedBefore),
      needsFindings: true,
      async take(services) {
        const scope = await scopeOfUser(services.store, manager)
        const findingId = await acceptFinding(services, scope, world, plant, owner)
        const place = { touchpointId: plant.touchpoint, unitIds: [plant.unit], segment: null }
        const planned = await planAction(services, scope, {
          title: plant.title,
          description: '',
          findingId,
          unitId: plant.unit,
          ownerUserId: owner ?? null,
          dueOn: addDays(startOn, 14),
          measure: { metric: plant.metric, ...place },
          // Nobody should be served faster and worse: what is done must not get done less often.
          guards: plant.metric === 'success_rate' ? [] : [{ metric: 'success_rate', ...place, tolerance: 0.03 }],
          design: plant.design,
          expectedEffect: plant.expected ?? (plant.effect || hopes[plant.metric]),
          startOn,
          analysisOn,
          cost: null,
        })
        id = done(planned).id
        done(await lockAction(services, scope, id))
      },
    },
    {
      on: startOn,
      async take(services) {
        done(await startAction(services, await scopeOfUser(services.store, manager), id, startOn))
      },
    },
    {
      on: addDays(startOn, 28),
      async take(services) {
        done(await finishAction(services, await scopeOfUser(services.store, manager), id))
      },
    },
    {
      // The day after the last facts that the verdict waits for.
      on: addDays(analysisOn, settlingDays),
      async take(services) {
        const judged = await estimateEffect(services, scopeOfJob('improvement.estimate'), id)
        // A small bank may have no answers on its last days: the verdict waits for them.
        if (judged.ok || judged.reason !== 'effect_facts_missing') done(judged)
      },
    },
    {
      on: addDays(analysisOn, settlingDays + 2),
      take: async (services) => standardise(services, await scopeOfUser(services.store, manager), id),
    },
  ]
}

/** What is proved becomes the standard and its finding is resolved; what is not waits for the reader's own decision. */
async function standardise(services: Services, scope: Scope, actionId: string): Promise<void> {
  const [effect] = await services.store.query<{
    id: string
    verdict: string
    finding_id: string | null
    state: string
  }>(
    `select e.id, e.verdict, f.id as finding_id, f.state from effects e join actions a on a.id = e.action_id
     left join findings f on f.id = a.finding_id where a.id = $1`,
    [actionId],
  )
  if (effect?.verdict !== 'proved') return
  done(await decideEffect(services, scope, effect.id, { decision: 'standardise' }))
  if (effect.finding_id && effect.state === 'accepted')
    done(await decide(services, scope, effect.finding_id, 'resolve', { reason: 'effect_proved' }))
}

/** The finding that the action answers, accepted; null where the bank acts on its own. */
async function acceptFinding(
  services: Services,
  scope: Scope,
  world: World,
  plant: ActionPlant,
  owner: string | undefined,
): Promise<string | null> {
  const open = await services.store.query<{ id: string; unit_id: string; state: string }>(
    `select id, unit_id, state from findings
     where metric = $1 and touchpoint_id = $2 and state in ('new', 'accepted') order by parent_id nulls first, severity desc`,
    [plant.metric, plant.touchpoint],
  )
  const path = (unit: string) => world.paths.get(unit) ?? '?'
  const own =
    open.find((found) => found.unit_id === plant.unit) ??
    open.find(
      (found) => path(found.unit_id).startsWith(path(plant.unit)) || path(plant.unit).startsWith(path(found.unit_id)),
    )
  if (!own) return null
  if (own.state === 'new') done(await decide(services, scope, own.id, 'accept', owner ? { ownerUserId: owner } : {}))
  return own.id
}

function done<T>(outcome: Result<T>): T {
  if (!outcome.ok)
    throw new Error(`the demo's story cannot go on: ${outcome.reason} ${JSON.stringify(outcome.detail ?? {})}`)
  return outcome.value
}
