/** Prepares an event log from its facts. node bench/prepare.ts [events] [runs] */
import { prepareLog } from '#warehouse/preparedLog.ts'
import { loadEvents, withWarehouse } from './eventLog.ts'
import { best, machine, timed } from './machine.ts'

const [events = 10_000_000, runs = 3] = process.argv.slice(2).map(Number)
console.log(machine())
await withWarehouse(async (warehouse) => {
  await loadEvents(warehouse, events)
  const times: number[] = []
  const cpu: number[] = []
  for (let run = 0; run < runs; run++) {
    const { ms, cpuMs, value } = await timed(() =>
      warehouse.write((writer) => prepareLog(writer, { process: 'bench', log: 1, timeZone: 'Asia/Shanghai' })),
    )
    times.push(ms)
    cpu.push(cpuMs)
    if (run === 0) console.log(`${value?.cases} cases, ${value?.variants} variants`)
  }
  const ms = best(times)
  console.log(
    `prepare ${events} events: ${ms.toFixed(0)} ms, ${(events / ms / 1000).toFixed(2)} M events/s, processor ${best(cpu).toFixed(0)} ms; all: ${times.map((t) => t.toFixed(0)).join(' ')} ms; ${machine()}`,
  )
})
