import type { Judged, Raised } from './judge.ts'

export interface Report {
  recall: number
  precision: number
  lines: string[]
}

/** A finding is counted once, however many months go on seeing it. */
const keyOf = ({ finder, metric, touchpoint, unit }: Raised) => `${finder}|${metric}|${touchpoint}|${unit}`
const distinct = (raised: readonly Raised[]) => new Set(raised.map(keyOf)).size

/** Recall by kind of plant, and precision over all findings. */
export function reportOf(judged: readonly Judged[]): Report {
  const plants = judged.flatMap((bank) => bank.plants)
  const raised = judged.reduce((sum, bank) => sum + distinct(bank.raised), 0)
  const stray = judged.reduce((sum, bank) => sum + distinct(bank.stray), 0)
  const found = plants.filter((one) => one.found !== undefined)
  const recall = plants.length ? found.length / plants.length : 1
  const precision = raised ? 1 - stray / raised : 1
  const kinds = [...new Set(plants.map(({ plant }) => plant.kind))].map((kind) => {
    const own = plants.filter(({ plant }) => plant.kind === kind)
    return `  ${kind.padEnd(16)} ${own.filter((one) => one.found !== undefined).length} of ${own.length} found`
  })
  return {
    recall,
    precision,
    lines: [
      `${judged.length} banks, ${plants.length} plants: recall ${recall.toFixed(2)}, precision ${precision.toFixed(2)} (${raised - stray} of ${raised} findings)`,
      ...kinds,
      ...judged.flatMap((bank) =>
        bank.stray.slice(0, 3).map((one) => `  stray in seed ${bank.world.seed}: ${keyOf(one)} in ${one.month}`),
      ),
    ],
  }
}
