/**
 * What the finders see in demo banks: recall and precision against random harms, and the share of unplanted banks with
 * any finding in a year. node bench/demoFindings.ts [customers] [planted banks] [unplanted banks] [first seed]
 */
import { judgeBank } from '#demo/evaluation/judge.ts'
import { randomPlantings } from '#demo/evaluation/plantings.ts'
import { reportOf } from '#demo/evaluation/report.ts'

const [customers = 50_000, planted = 10, unplanted = 20, first = 1001] = process.argv.slice(2).map(Number)
const until = '2026-06-30'

const banks: Parameters<typeof reportOf>[0][number][] = []
for (let seed = 1; seed <= planted; seed++) {
  const plantings = randomPlantings(seed, customers)
  const plants = plantings.map(({ plant }) => plant)
  banks.push({ plantings, judged: await judgeBank({ seed, customers, until, plants }) })
}
if (planted) for (const line of reportOf(banks).lines) console.log(line)

let raising = 0
for (let seed = first; seed < first + unplanted; seed++) {
  const { raised } = await judgeBank({ seed, customers, until, plants: [] })
  if (raised.length) raising++
  for (const { finder, metric, touchpoint, unit, month, pValue } of raised.slice(0, 2))
    console.log(`  seed ${seed}: ${finder} ${metric} ${touchpoint} ${unit} in ${month}, p ${pValue.toExponential(1)}`)
}
console.log(`${raising} of ${unplanted} unplanted banks of ${customers} customers raised a finding in a year`)
