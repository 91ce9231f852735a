/**
 * The newest data version that a caller was told of. Each answer to somebody who is signed in says it, and who sends it
 * with his next call is answered from no earlier one, whichever server takes the call (ADR 0014).
 */
export const seenHeader = 'x-zhiyin-seen'
/** On answers that rest on facts: the data version they were made by, and when that one came to be. */
export const asOfHeader = 'x-zhiyin-as-of'

/** What figures are as of. */
export interface AsOf {
  version: number
  /** When rows had last changed; null where there were none yet. */
  changedAt: string | null
}

export const asOfText = ({ version, changedAt }: AsOf): string => [version, changedAt ?? []].flat().join(' ')

export function asOfIn(text: string | null): AsOf | undefined {
  const [version, changedAt = null] = (text ?? '').split(' ')
  const known = versionIn(version)
  return known === undefined ? undefined : { version: known, changedAt }
}

export const versionIn = (text: unknown): number | undefined =>
  typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined
