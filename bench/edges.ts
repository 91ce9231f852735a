/** Directly-follows edges with mean and exact p50 and p90 over a prepared log. node bench/edges.ts [events] [runs] */
import { scopeOfJob } from '#access/mint.ts'
import { processesEdges } from '#features/processes/questions/edges.ts'
import { prepareLog } from '#warehouse/preparedLog.ts'
import { from } from '#warehouse/relations.ts'
import { sql } from '#warehouse/sql.ts'
import { loadEvents, withWarehouse } from './eventLog.ts'
import { best, machine, timed } from './machine.ts'

const [events = 10_000_000, runs = 7] = process.argv.slice(2).map(Number)
const scope = scopeOfJob('bench')
console.log(machine())
await withWarehouse(async (warehouse) => {
  await loadEvents(warehouse, events)
  await warehouse.write((writer) => prepareLog(writer, { process: 'bench', log: 1, timeZone: 'Asia/Shanghai' }))
  const parameters = processesEdges.parameters.parse({ process: 'bench' })
  const asked = processesEdges.sql!({
    parameters,
    from,
    dialect: warehouse.dialect,
    today: '2025-01-01',
    prepared: { log: 1 } as never,
  })
  const counts = sql`select activity_no, next_activity_no, count(*) as n from ${from.log(1, 'events')} group by 1, 2`
  const plain: number[] = []
  const whole: number[] = []
  let edges = 0
  for (let run = 0; run < runs; run++) {
    plain.push((await timed(() => warehouse.read(counts, scope))).ms)
    const { ms, value } = await timed(() => warehouse.read(asked, scope))
    whole.push(ms)
    edges = value.rows.length
  }
  console.log(
    `${edges} edges over ${events} events: counts ${best(plain).toFixed(0)} ms; with mean, p50, p90 ${best(whole).toFixed(0)} ms, ratio ${(best(whole) / best(plain)).toFixed(1)}; all: ${whole.map((t) => t.toFixed(0)).join(' ')} ms; ${machine()}`,
  )
})
