import type { Text } from '#lib/text.ts'

/** Run rules by what they see; the text is what a chart says beside the point. */
export const runRules = {
  beyond_limits: { zh: '1 点超出控制限', en: '1 point beyond the limits' },
  two_of_three: { zh: '连续 3 点中有 2 点落在同侧 2σ 以外', en: '2 of 3 points beyond 2σ on one side' },
  four_of_five: { zh: '连续 5 点中有 4 点落在同侧 1σ 以外', en: '4 of 5 points beyond 1σ on one side' },
  eight_one_side: { zh: '连续 8 点在中心线同侧', en: '8 points in a row on one side' },
  nine_one_side: { zh: '连续 9 点在中心线同侧', en: '9 points in a row on one side' },
  six_trend: { zh: '连续 6 点递增或递减', en: '6 points in a row rising or falling' },
  fourteen_alternating: { zh: '连续 14 点上下交替', en: '14 points in a row alternating up and down' },
  fifteen_inside: { zh: '连续 15 点落在 1σ 以内', en: '15 points in a row within 1σ' },
  eight_outside: { zh: '连续 8 点落在 1σ 以外', en: '8 points in a row outside 1σ' },
} satisfies Record<string, Text>

export type RunRule = keyof typeof runRules

/** Western Electric (1956), Statistical Quality Control Handbook, p. 25–28. */
export const westernElectric: readonly RunRule[] = ['beyond_limits', 'two_of_three', 'four_of_five', 'eight_one_side']

/** L. S. Nelson (1984), "The Shewhart control chart – tests for special causes", doi 10.1080/00224065.1984.11978921. */
export const nelson: readonly RunRule[] = [
  'beyond_limits',
  'nine_one_side',
  'six_trend',
  'fourteen_alternating',
  'two_of_three',
  'four_of_five',
  'fifteen_inside',
  'eight_outside',
]

/**
 * For watching a process whose limits are frozen. All Western Electric rules together cry wolf once in 92 points
 * without any change; these two once in 153 (C. W. Champ & W. H. Woodall 1987, doi 10.1080/00401706.1987.10488266).
 */
export const monitoringRules: readonly RunRule[] = ['beyond_limits', 'eight_one_side']

/** Rules that lean on the normal shape between the limits, which counts and shares do not have. */
export const zoneRules: ReadonlySet<RunRule> = new Set([
  'two_of_three',
  'four_of_five',
  'fifteen_inside',
  'eight_outside',
])

/** A point as rules see it: its value and its distance from the centre in σ. */
export interface RulePoint {
  value: number
  z: number
}

export interface Signal {
  rule: RunRule
  /** First and last point of the pattern; the last one raises it. */
  from: number
  to: number
}

const windows: Record<RunRule, { length: number; holds: (points: RulePoint[]) => boolean }> = {
  beyond_limits: { length: 1, holds: ([point]) => Math.abs(point!.z) > 3 },
  two_of_three: { length: 3, holds: (points) => oneSided(points, 2, 2) },
  four_of_five: { length: 5, holds: (points) => oneSided(points, 4, 1) },
  eight_one_side: { length: 8, holds: (points) => oneSided(points, 8, 0) },
  nine_one_side: { length: 9, holds: (points) => oneSided(points, 9, 0) },
  six_trend: { length: 6, holds: (points) => steps(points).every((s) => s > 0) || steps(points).every((s) => s < 0) },
  fourteen_alternating: {
    length: 14,
    holds: (points) => steps(points).every((s, i, all) => s !== 0 && (i === 0 || s * all[i - 1]! < 0)),
  },
  fifteen_inside: { length: 15, holds: (points) => points.every(({ z }) => Math.abs(z) < 1) },
  eight_outside: { length: 8, holds: (points) => points.every(({ z }) => Math.abs(z) > 1) },
}

/** The last point must belong to the pattern: otherwise a signal would be raised again by an innocent one. */
function oneSided(points: RulePoint[], needed: number, beyond: number): boolean {
  const side = Math.sign(points.at(-1)!.z)
  const outside = (z: number) => z * side > beyond
  return side !== 0 && outside(points.at(-1)!.z) && points.filter(({ z }) => outside(z)).length >= needed
}

const steps = (points: RulePoint[]): number[] =>
  points.slice(1).map((point, i) => Math.sign(point.value - points[i]!.value))

/**
 * The signals of a series. A missing point (null) ends every run: nothing is known about it.
 * Inputs: points in time order; the rules to apply. Returns one signal for each point and rule that it completes.
 */
export function findSignals(points: readonly (RulePoint | null)[], rules: readonly RunRule[]): Signal[] {
  const signals: Signal[] = []
  let unbroken: RulePoint[] = []
  points.forEach((point, to) => {
    unbroken = point === null ? [] : [...unbroken, point].slice(-15)
    for (const rule of rules) {
      const { length, holds } = windows[rule]
      if (point !== null && unbroken.length >= length && holds(unbroken.slice(-length))) {
        signals.push({ rule, from: to - length + 1, to })
      }
    }
  })
  return signals
}
