/**
 * What the finders see in demo banks: recall and precision against random plants, and the share of unplanted banks with
 * any finding in a year. node bench/demoFindings.ts [customers] [planted banks] [unplanted banks]
 */
import { type Judged, judgeBank } from '#demo/evaluation/judge.ts'
import { randomPlants } from '#demo/evaluation/plantings.ts'
import { reportOf } from '#demo/evaluation/report.ts'

const [customers = 50_000, planted = 10, unplanted = 20] = process.argv.slice(2).map(Number)
const until = '2026-06-30'

const judged: Judged[] = []
for (let seed = 1; seed <= planted; seed++)
  judged.push(judgeBank({ seed, customers, until, plants: randomPlants(seed, customers) }))
for (const line of reportOf(judged).lines) console.log(line)

let raising = 0
for (let seed = 1001; seed <= 1000 + unplanted; seed++) {
  const { raised } = judgeBank({ seed, customers, until, plants: [] })
  if (raised.length) raising++
  for (const { finder, metric, touchpoint, unit, month, pValue } of raised.slice(0, 2))
    console.log(`  seed ${seed}: ${finder} ${metric} ${touchpoint} ${unit} in ${month}, p ${pValue.toExponential(1)}`)
}
console.log(`${raising} of ${unplanted} unplanted banks raised a finding in a year`)
