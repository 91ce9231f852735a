import type { Judged, Raised } from './judge.ts'
import type { Harm, Planting } from './plantings.ts'

export interface Report {
  recall: number
  /** Share of each kind of harm that was found. */
  recallOf: ReadonlyMap<Harm, { found: number; planted: number }>
  /** Over all findings, and over those that no other explains: what a reader's ranking shows. */
  precision: number
  rankedPrecision: number
  lines: string[]
}

/** A finding is counted once, however many months go on seeing it. */
const keyOf = ({ finder, metric, touchpoint, unit }: Raised) => `${finder}|${metric}|${touchpoint}|${unit}`

/** Each finding as its newest month leaves it. */
const newest = (raised: readonly Raised[]) => [...new Map(raised.map((one) => [keyOf(one), one])).values()]

/** Recall by kind of harm, and precision over all findings and over those that stand. */
export function reportOf(banks: readonly { judged: Judged; plantings: readonly Planting[] }[]): Report {
  const recallOf = new Map<Harm, { found: number; planted: number }>()
  for (const { judged, plantings } of banks)
    for (const { harm, plant } of plantings) {
      const sum = recallOf.get(harm) ?? { found: 0, planted: 0 }
      const found = judged.plants.some((one) => one.plant === plant && one.found !== undefined)
      recallOf.set(harm, { found: sum.found + (found ? 1 : 0), planted: sum.planted + 1 })
    }
  const count = (of: (judged: Judged) => readonly Raised[], standing: boolean) =>
    banks.reduce((sum, { judged }) => sum + newest(of(judged)).filter((one) => !standing || !one.folded).length, 0)
  const precisionOf = (standing: boolean) => {
    const raised = count(({ raised }) => raised, standing)
    const stray = count(({ stray }) => stray, standing)
    return { precision: raised ? 1 - stray / raised : 1, words: `${raised - stray} of ${raised}` }
  }
  const [all, ranked] = [precisionOf(false), precisionOf(true)]
  const sums = [...recallOf.values()]
  const [found, planted] = [sums.reduce((n, s) => n + s.found, 0), sums.reduce((n, s) => n + s.planted, 0)]
  const recall = planted ? found / planted : 1
  return {
    recall,
    recallOf,
    precision: all.precision,
    rankedPrecision: ranked.precision,
    lines: [
      `${banks.length} banks, ${planted} harms: recall ${recall.toFixed(2)}; precision ${all.precision.toFixed(2)} (${all.words} findings), ${ranked.precision.toFixed(2)} of those that none explains (${ranked.words})`,
      ...[...recallOf].map(([harm, { found, planted }]) => `  ${harm}: ${found} of ${planted}`),
      ...banks.flatMap(({ judged }) =>
        newest(judged.stray)
          .slice(0, 3)
          .map((one) => `  stray in seed ${judged.world.seed}: ${keyOf(one)} in ${one.month}`),
      ),
    ],
  }
}
