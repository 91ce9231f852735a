import { readFile } from 'node:fs/promises'
import type { Services } from '#features/services.ts'
import type { Text } from '#lib/text.ts'
import { addDays, type Day, localDay } from '#lib/time.ts'
import { type Actor, recordAudit } from '#store/audit.ts'
import { ensureCalendar } from '#warehouse/calendar.ts'
import { refreshDimensions } from '#warehouse/dimensions.ts'
import { prepareLog } from '#warehouse/preparedLog.ts'
import { refreshRollups } from '#warehouse/rollups/making.ts'
import { raw } from '#warehouse/sql.ts'
import { generateHistory, type History } from './generate.ts'
import { segments } from './people/customers.ts'
import { checkPlants, type PlantFault } from './plants/check.ts'
import { writeSignIns } from './signIns.ts'
import { playStory } from './story.ts'
import { demoTargets } from './targets.ts'
import { createWorld, historyDays, type World } from './world.ts'
import { writeFacts } from './write/facts.ts'
import { beginLoads, type DemoLoads, finishLoad, writeCaseNumbers } from './write/loads.ts'
import { writeExperienceModel, writeTargets, writeUnits } from './write/model.ts'
import { writeCustomers, writeStaff } from './write/people.ts'
import { writeTexts } from './write/texts.ts'

export interface BirthOptions {
  customers?: number
  seed?: number
  /** The content of a plant file; the story shipped with the demo where nothing is said. */
  plant?: unknown
  /** Last day of the history; yesterday where nothing is said. */
  until?: Day
  /** Length of the history, two years where nothing is said. */
  days?: number
  onProgress?: (step: Text) => void
}

export interface BirthSummary {
  customers: number
  units: number
  from: Day
  until: Day
  /** Rows of each kind of fact. */
  facts: Record<string, number>
  plants: number
}

/** A plant file that names what the bank does not have. */
export class PlantError extends Error {
  readonly faults: readonly PlantFault[]
  constructor(faults: readonly PlantFault[]) {
    super(`the plant file is not valid: ${faults.map((f) => `plants[${f.plant}].${f.field}: ${f.message}`).join('; ')}`)
    this.faults = faults
  }
}

const operator: Actor = { id: 'operator', kind: 'operator' }
export const defaultCustomers = 50_000

/** Where a demo bank keeps its days. */
export const demoTimeZone = 'Asia/Shanghai'

/** What is to be born, with every plant checked: asked before there is a home, so that a refused file leaves nothing. */
export async function birthPlan(options: BirthOptions, clock: () => Date, timeZone = demoTimeZone) {
  const customers = options.customers ?? defaultCustomers
  const until = options.until ?? addDays(localDay(clock(), timeZone), -1)
  const days = options.days ?? historyDays
  const input = options.plant ?? JSON.parse(await readFile(new URL('plants/default.json', import.meta.url), 'utf8'))
  const checked = checkPlants(input, { customers, until, days })
  if (!checked.ok) throw new PlantError((checked.detail?.faults ?? []) as PlantFault[])
  return { customers, until, days, plants: checked.value.plants }
}

/** Fills a new, empty demo home with a bank: two years of its life, what hurts in it, and what was done about it. */
export async function birthDemo(services: Services, options: BirthOptions = {}): Promise<BirthSummary> {
  const { customers, until, days, plants } = await birthPlan(options, services.clock, services.home.timeZone)
  const say = (zh: string, en: string) => options.onProgress?.({ zh, en })

  say('搭建机构、员工与客户', 'units, staff and customers')
  const { seed = 1 } = options
  const world = createWorld({
    customers,
    seed,
    until,
    days,
    timeZone: services.home.timeZone,
    plants,
  })
  const loads = await services.store.transaction(async (tx) => {
    const begun = await beginLoads(tx)
    await writeUnits(tx, world, begun.units)
    await writeExperienceModel(tx, world)
    return begun
  })
  say('推演两年业务：排队、交易、满意度、投诉', 'two years of business: queues, contacts, answers, complaints')
  const history = generateHistory(world)
  const [facts] = await writeBoth(services, world, history, loads, say)
  await makeDerived(services, world, history, say)
  const users = await services.store.transaction((tx) => writeSignIns(tx, services.cipher, world))
  say('整理流程日志，检验各月指标，回放改进历程', 'process logs, closed months tested, actions taken and judged')
  await Promise.all([playStory(services, world, users), prepareLogs(services, world)])
  await services.store.transaction(async (tx) => {
    for (const { loadId, rows } of facts) await finishLoad(tx, loadId, rows)
    await finishLoad(tx, loads.units, world.units.length)
    await finishLoad(tx, loads.staff, world.staff.length)
    await finishLoad(tx, loads.customers, customers)
    await recordAudit(tx, operator, {
      action: 'demo.birth',
      objectKind: 'home',
      objectId: services.home.id,
      detail: { customers, seed, until, plants: plants.length },
    })
  })
  const sums: Record<string, number> = {}
  for (const { kind, rows } of facts) sums[kind] = (sums[kind] ?? 0) + rows
  return {
    customers,
    units: world.units.length,
    from: addDays(until, 1 - days),
    until,
    facts: sums,
    plants: plants.length,
  }
}

type Say = (zh: string, en: string) => void

/** The warehouse takes the facts in its own threads while the store takes people and texts in its own. */
async function writeBoth(services: Services, world: World, history: History, loads: DemoLoads, say: Say) {
  const { store, cipher, warehouse } = services
  say('写入事实数据与加密的客户资料', 'writing facts, and customers encrypted')
  return Promise.all([
    writeFacts(warehouse, world, history, loads),
    (async () => {
      await writeStaff(store, cipher, world, loads.staff)
      await writeCustomers(store, cipher, world, loads.customers)
      await writeTexts(store, cipher, history.texts, loads.byKind)
      await store.transaction((tx) => writeCaseNumbers(tx, cipher, world.seed, loads, history.cases))
    })(),
  ])
}

/** What is made from the facts: dimensions, calendar, rollups; and the targets, which know the whole history. */
async function makeDerived({ warehouse, store }: Services, world: World, history: History, say: Say): Promise<void> {
  say('汇总每日指标，设定目标值', 'daily rollups and targets')
  const { units, paths, touchpoints, customers } = world
  const hops = await warehouse.write(
    async (writer) => {
      await ensureCalendar(writer)
      await refreshDimensions(writer, {
        units: units.map((unit) => ({
          unit_id: unit.id,
          name: unit.name,
          level: unit.level,
          kind: unit.kind,
          parent_id: unit.parent,
          path: paths.get(unit.id) ?? '',
        })),
        touchpoints: touchpoints.map((touchpoint, i) => ({
          touchpoint_id: touchpoint.id,
          name: touchpoint.name,
          name_en: touchpoint.nameEn,
          journey_id: `j_${touchpoint.journey}`,
          stage_id: `s_${touchpoint.journey}_${touchpoint.phase}`,
          phase: touchpoint.phase,
          facet: touchpoint.facet,
          channel: touchpoint.channel,
          owner_unit_id: touchpoint.owner,
          moment_of_truth: touchpoint.moment !== undefined,
          position: i + 1,
        })),
        customers: Array.from({ length: customers.count }, (_, i) => ({
          customer_key: customers.key[i] as number,
          unit_id: units[customers.unit[i] as number]?.id ?? null,
          segment: segments[customers.segment[i] as number] ?? null,
          birth_year: customers.birthYear[i] as number,
          opened_on: addDays('1970-01-01', customers.openedOn[i] as number),
        })),
      })
      await refreshRollups(writer)
      const { rows } = await writer.run(
        raw(`select touchpoint_id, sum(hits) / sum(n) as share from daily
          where metric = 'channel_hops' and touchpoint_id is not null group by touchpoint_id`),
      )
      return new Map(rows.map((row) => [String(row.touchpoint_id), Number(row.share)]))
    },
    { publish: true },
  )
  await store.transaction((tx) => writeTargets(tx, world, demoTargets(world, history.baseline, hops)))
}

/** Prepares the logs of the three processes; needs nothing that the finders need, and they nothing of it. */
async function prepareLogs({ warehouse, store }: Services, world: World): Promise<void> {
  const logs = await store.query<{ id: string; log: number }>('select id, log from processes order by log')
  for (const { id, log } of logs)
    await warehouse.write((writer) => prepareLog(writer, { process: id, log, timeZone: world.timeZone }), {
      publish: true,
    })
}
