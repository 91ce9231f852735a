/**
 * How the targets grow, within one run: preparing and edges from 1 M to 10 M events, the import of an event log (XES.gz, the
 * whole way, home on disk) from 250 k to 2.5 M. node bench/growth.ts [prepare|import] [sizes…]
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { scopeOfJob } from '#access/mint.ts'
import { processesEdges } from '#features/processes/questions/edges.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { prepareLog } from '#warehouse/preparedLog.ts'
import { from } from '#warehouse/relations.ts'
import { writeEventFile } from './eventFile.ts'
import { loadEvents, withWarehouse } from './eventLog.ts'
import { hashOf, importWhole, withHome } from './home.ts'
import { machine, timed } from './machine.ts'

const words = process.argv.slice(2)
const part = ['prepare', 'import'].includes(words[0] ?? '') ? words.shift() : undefined
const given = words.map(Number)
const scope = scopeOfJob('bench')
const times = (now: number, before: number) => `× ${(now / before).toFixed(1)}`

async function prepareGrows(sizes: readonly number[]): Promise<void> {
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
        `${events} events (× ${events / first.events}): generate and load ${load.ms.toFixed(0)} ms; prepare ${prepare.ms.toFixed(0)} ms (${times(prepare.ms, first.prepare)}); edges ${edges.ms.toFixed(0)} ms (${times(edges.ms, first.edges)})`,
      )
    })
}

async function importGrows(sizes: readonly number[]): Promise<void> {
  const columns = {
    case_key: 'case_id',
    activity: 'activity',
    lifecycle: 'lifecycle',
    start_at: 'at',
    resource: 'resource',
  }
  const mapping = readMapping({ kind: 'events', source: 'bench', process: 'bench', columns })
  if (!mapping.ok) throw new Error(JSON.stringify(mapping))
  let first: { ms: number; events: number } | undefined
  for (const events of sizes)
    await withHome(async (services, folder) => {
      const path = join(folder, 'log.xes.gz')
      await writeEventFile(path, events)
      const file = { path, fileName: 'log.xes.gz', hash: await hashOf(path) }
      const { size } = await stat(path)
      const { ms } = await timed(() => importWhole(services, file, mapping.value, events))
      first ??= { ms, events }
      console.log(
        `import of ${events} events (× ${events / first.events}, ${(size / 2 ** 20).toFixed(0)} MB packed): ${ms.toFixed(0)} ms (${times(ms, first.ms)}), ${(events / ms / 1000).toFixed(2)} M events/s`,
      )
    })
}

console.log(machine())
if (part !== 'import') await prepareGrows(given.length ? given : [1_000_000, 3_000_000, 10_000_000])
if (part !== 'prepare') await importGrows(part === 'import' && given.length ? given : [250_000, 1_000_000, 2_500_000])
console.log(machine())
process.exit(0)
