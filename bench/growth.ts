/** How preparing and edges grow from 1 M to 10 M events, within one run. node bench/growth.ts [sizes…] */
import { scopeOfJob } from '#access/mint.ts'
import { processesEdges } from '#features/processes/questions/edges.ts'
import { prepareLog } from '#warehouse/preparedLog.ts'
import { from } from '#warehouse/relations.ts'
import { loadEvents, withWarehouse } from './eventLog.ts'
import { machine, timed } from './machine.ts'

const given = process.argv.slice(2).map(Number)
const sizes = given.length ? given : [1_000_000, 3_000_000, 10_000_000]
const scope = scopeOfJob('bench')
console.log(machine())
let first: { prepare: number; edges: number; events: number } | undefined
for (const events of sizes)
  await withWarehouse(async (warehouse) => {
    const load = await timed(() => loadEvents(warehouse, events))
    const prepare = await timed(() =>
      warehouse.write((writer) => prepareLog(writer, { process: 'bench', log: 1, timeZone: 'Asia/Shanghai' })),
    )
    const asked = processesEdges.sql!({
      parameters: processesEdges.parameters.parse({ process: 'bench' }),
      from,
      dialect: warehouse.dialect,
      today: '2025-01-01',
      prepared: { log: 1 } as never,
    })
    await warehouse.read(asked, scope)
    const edges = await timed(() => warehouse.read(asked, scope))
    first ??= { prepare: prepare.ms, edges: edges.ms, events }
    console.log(
      `${events} events (× ${events / first.events}): generate and load ${load.ms.toFixed(0)} ms; prepare ${prepare.ms.toFixed(0)} ms (× ${(prepare.ms / first.prepare).toFixed(1)}); edges ${edges.ms.toFixed(0)} ms (× ${(edges.ms / first.edges).toFixed(1)})`,
    )
  })
console.log(machine())
