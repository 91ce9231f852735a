export interface Season {
  /** Periods of one cycle: 7 days, 52 weeks, 12 months. */
  length: number
  /** `dummies`: one term for each position of the cycle; `harmonics`: pairs of sine and cosine. */
  form: 'dummies' | 'harmonics'
  /** Pairs of harmonics; one gives a single wave. */
  pairs?: number
}

/** At most half as many pairs of harmonics as positions: more would be the same waves again. */
export const validSeason = ({ length, pairs = 1 }: Season): boolean =>
  Number.isInteger(length) && length >= 2 && Number.isInteger(pairs) && pairs >= 1 && pairs * 2 <= length

/**
 * One row of a segmented regression: 1, t, level, slope (unless it is held), season. `changed` says whether the change
 * is in force: false at a later period gives the counterfactual.
 */
export function designRow(
  { start, season, slopeChange = true }: { start: number; season?: Season; slopeChange?: boolean },
  t: number,
  changed: boolean,
): number[] {
  const row = [1, t, changed ? 1 : 0]
  if (slopeChange) row.push(changed ? t - start : 0)
  if (season?.form === 'dummies') {
    for (let position = 1; position < season.length; position++) row.push(t % season.length === position ? 1 : 0)
  } else if (season) {
    for (let pair = 1; pair <= (season.pairs ?? 1); pair++) {
      const angle = (2 * Math.PI * pair * t) / season.length
      row.push(Math.sin(angle))
      // At half the cycle the sine is zero everywhere; dropping the pair's cosine would lose the alternation.
      if (2 * pair < season.length) row.push(Math.cos(angle))
      else row[row.length - 1] = Math.cos(angle)
    }
  }
  return row
}
