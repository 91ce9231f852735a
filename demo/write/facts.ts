import type { DuckDBConnection } from '@duckdb/node-api'
import type { FactKind } from '#warehouse/facts.ts'
import { loadFacts } from '#warehouse/loading.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'
import { demoJourneys } from '../bank/touchpoints.ts'
import { serviceTypes } from '../facts/hotlineDay.ts'
import { customerClasses, outcomes, surveyMetrics } from '../facts/recorder.ts'
import type { History } from '../generate.ts'
import { segments } from '../people/customers.ts'
import { caseBase, lifecycles, processes } from '../processes/caseLog.ts'
import { complaintChannels, severities, statuses } from '../processes/complaint.ts'
import { complaintReasons } from '../texts/complaints.ts'
import type { World } from '../world.ts'
import { stageNumbers, stageTexts } from './stage.ts'

/** The source that all of the demo's facts name. */
export const demoSource = 'demo'

/** Ids of facts, made from their row: the same in the Store's free texts and in the warehouse. */
export const factId = (kind: 'complaints' | 'responses', row: number): string =>
  `${kind === 'complaints' ? 'ts' : 'hd'}${row + 1}`

/** Loads that the facts belong to: events have one for each process. */
export interface FactLoads {
  byKind: Record<Exclude<FactKind, 'events'>, number>
  byProcess: Record<string, number>
}

export interface WrittenLoad {
  kind: FactKind
  process: string | null
  loadId: number
  rows: number
}

/** Brings a history into the warehouse: numbers are staged, and one statement a kind turns codes into what they mean. */
export async function writeFacts(
  warehouse: Warehouse,
  world: World,
  history: History,
  loads: FactLoads,
): Promise<WrittenLoad[]> {
  return warehouse.session(async ({ connection, write }) => {
    await stageDimensions(connection, world, history)
    const written: WrittenLoad[] = []
    for (const kind of Object.keys(views) as FactKind[]) {
      const table = `demo_${kind}`
      const numbers = history.out[kind]
      await stageNumbers(connection, table, numbers)
      const parts =
        kind === 'events'
          ? processes.map(({ id }, code) => ({
              process: id,
              where: ` where s.process = ${code}`,
              load: loads.byProcess[id],
            }))
          : [{ process: null, where: '', load: loads.byKind[kind] }]
      for (const { process, where, load } of parts) {
        // Made once: loading reads it several times.
        await connection.run(`create or replace temp table demo_rows as ${views[kind]}${where}`)
        // A source for each process: rows of one need not be compared with those of another.
        const source = process ? `${demoSource}.${process}` : demoSource
        const target = { loadId: load ?? 0, source, timeZone: world.timeZone }
        const { rows } = await write((writer) => loadFacts(writer, kind, target, 'demo_rows'))
        written.push({ kind, process, loadId: target.loadId, rows })
      }
      await connection.run(`drop table demo_rows; drop table ${table}`)
    }
    return written
  })
}

async function stageDimensions(connection: DuckDBConnection, world: World, history: History): Promise<void> {
  const texts: Record<string, readonly string[]> = {
    t_unit: world.units.map((unit) => unit.id),
    t_touchpoint: world.touchpoints.map((touchpoint) => touchpoint.id),
    t_product: world.touchpoints.map((touchpoint) => touchpoint.product),
    t_channel: world.touchpoints.map((touchpoint) => touchpoint.channel),
    t_money: world.touchpoints.map((touchpoint) => touchpoint.money?.type ?? ''),
    t_journey: world.touchpoints.map(
      (touchpoint) => demoJourneys.find((journey) => journey.id === touchpoint.journey)?.name ?? '',
    ),
    t_intent: demoJourneys.map((journey) => journey.intent),
    t_segment: segments,
    t_outcome: outcomes,
    t_service: serviceTypes(world),
    t_class: customerClasses,
    t_metric: surveyMetrics,
    t_reason: complaintReasons,
    t_severity: severities,
    t_status: statuses,
    t_complaint_channel: complaintChannels,
    t_process: processes.map((process) => process.id),
    t_activity: history.activities,
    t_lifecycle: lifecycles,
    t_resource: world.staff.map((one) => one.number),
  }
  for (const [table, labels] of Object.entries(texts)) await stageTexts(connection, table, labels)
  const { key, segment, count } = world.customers
  await stageNumbers(connection, 'd_customer', {
    names: ['key', 'segment'],
    length: count,
    of: { key, segment: Int32Array.from(segment) },
  })
  const keys = Float64Array.from(world.staff, (one) => one.key)
  await stageNumbers(connection, 'd_staff', { names: ['key'], length: keys.length, of: { key: keys } })
  // One row of lists: a code is looked up by its place, which is quicker than a join and keeps the order of the rows.
  const lists = [
    ...Object.keys(texts).map((table) => `(select list(label order by code) from ${table}) as ${table.slice(2)}`),
    '(select list(cast(key as bigint) order by rowid) from d_customer) as customer_key',
    '(select list(segment order by rowid) from d_customer) as customer_segment',
    '(select list(cast(key as bigint) order by rowid) from d_staff) as staff_key',
    `[${processes.map(({ id }) => caseBase(world.seed, id)).join(', ')}] as case_base`,
  ]
  await connection.run(`create or replace temp table lists as select ${lists.join(', ')}`)
}

const at = (column: string) =>
  `case when s."${column}" >= 0 then make_timestamp(cast(s."${column}" as bigint) * 1000000) end`
// A code of -1 is place 0 of its list, where there is nothing.
const label = (list: string, column: string) => `l.${list}[s."${column}" + 1]`
const known = (column: string) => `nullif(s."${column}", -1)`
const interaction = `case when s.interaction >= 0 then 'ix' || (s.interaction + 1) end`

const context = `s.rowid as row_number, ${label('customer_key', 'customer')} as customer_key,
  l.segment[l.customer_segment[s.customer + 1] + 1] as segment, ${label('unit', 'unit')} as unit_id,
  ${label('staff_key', 'staff')} as staff_key, ${at('start')} as start_at`
const sources = (table: string) => `demo_${table} s, lists l`
const place = `${label('touchpoint', 'touchpoint')} as touchpoint_id, ${label('product', 'touchpoint')} as product,
  ${label('channel', 'touchpoint')} as channel`

/** How each kind's numbers are read. */
const views: Record<FactKind, string> = {
  interactions: `select ${context}, ${place}, ${at('end')} as end_at,
    'ix' || (s.rowid + 1) as interaction_id, ${label('intent', 'intent')} as intent, ${label('outcome', 'outcome')} as outcome,
    ${known('duration')} as duration_seconds from ${sources('interactions')}`,
  tickets: `select ${context}, ${label('touchpoint', 'touchpoint')} as touchpoint_id, ${label('product', 'touchpoint')} as product,
    case when s.service >= len(l.touchpoint) then 'phone' else 'branch' end as channel,
    ${at('end')} as end_at, ${interaction} as interaction_id, ${label('service', 'service')} as service_type,
    ${label('class', 'class')} as customer_class, ${at('called')} as called_at, ${at('served_from')} as service_start_at,
    ${label('outcome', 'outcome')} as outcome, s.queued = 1 as queued, ${known('wait')} as wait_seconds,
    ${known('service_seconds')} as service_seconds from ${sources('tickets')}`,
  responses: `select ${context}, ${place}, ${interaction} as interaction_id, 'hd' || (s.rowid + 1) as source_id,
    '交易后满意度调查' as survey, 'r' || (s.respondent + 1) as respondent, ${label('metric', 'metric')} as metric,
    case s.metric when 0 then '总体满意度' when 1 then '办理轻松度' else '推荐意愿' end as item, s.score as score,
    case s.metric when 2 then 0 else 1 end as scale_min, case s.metric when 0 then 5 when 1 then 7 else 10 end as scale_max
    from ${sources('responses')}`,
  complaints: `select ${context}, ${place}, ${at('end')} as end_at, ${interaction} as interaction_id,
    'ts' || (s.rowid + 1) as source_id, 'complaint_handling' as process, cast(l.case_base[3] + s.case_no as varchar) as case_key,
    ${label('complaint_channel', 'channel')} as category_channel, ${label('journey', 'touchpoint')} as category_business,
    ${label('reason', 'reason')} as category_reason, ${label('severity', 'severity')} as severity,
    ${label('status', 'status')} as status from ${sources('complaints')}`,
  transactions: `select ${context}, ${place}, ${interaction} as interaction_id, ${label('money', 'type')} as type,
    s.amount as amount, 'CNY' as currency, ${label('outcome', 'outcome')} as outcome from ${sources('transactions')}`,
  events: `select ${context}, ${label('process', 'process')} as process,
    cast(l.case_base[s.process + 1] + s.case_no as varchar) as case_key,
    ${label('activity', 'activity')} as activity, ${label('lifecycle', 'lifecycle')} as lifecycle,
    coalesce(${label('resource', 'staff')}, '系统') as resource, s.position as position,
    case when s.amount >= 0 then '{"amount":' || s.amount || '}' end as attributes from ${sources('events')}`,
}
