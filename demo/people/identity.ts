import type { Random } from '../random.ts'

/**
 * Eleven digits that can be nobody's number: Chinese mobile numbers begin with 13 to 19. Of 10x, the service numbers
 * 100, 101 and 106 and the collect-call prefix 108 are left out, so that a slip of the finger reaches no one either.
 */
export const impossiblePrefixes = ['103', '104', '105', '107'] as const

export function impossiblePhone(random: Random): string {
  const prefix = impossiblePrefixes[Math.floor(random() * impossiblePrefixes.length)] ?? '103'
  return prefix + String(Math.floor(random() * 1e8)).padStart(8, '0')
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const checks = '10X98765432'

/** The check character of an 18-digit resident identity number (GB 11643: ISO 7064 MOD 11-2). */
export function checkCharacter(first17: string): string {
  let sum = 0
  for (let i = 0; i < 17; i++) sum += (first17.charCodeAt(i) - 48) * (weights[i] as number)
  return checks[sum % 11] as string
}

/** A document number that no one can hold: the region 99 does not exist and the check character is wrong on purpose. */
export function impossibleDocument(random: Random, gender: 'man' | 'woman', birthYear: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const month = two(1 + Math.floor(random() * 12))
  const date = two(1 + Math.floor(random() * 28))
  const serial = Math.floor(random() * 500) * 2 + (gender === 'man' ? 1 : 0)
  const first17 = `99${String(Math.floor(random() * 10_000)).padStart(4, '0')}${birthYear}${month}${date}${String(serial % 1000).padStart(3, '0')}`
  const right = checks.indexOf(checkCharacter(first17))
  return first17 + checks[(right + 1 + Math.floor(random() * 10)) % 11]
}

/** A surrogate key below 2^52: random numbers of the demo's own stream, never made from the identity. */
export const surrogate = (random: Random): number =>
  Math.floor(random() * 2 ** 20) * 2 ** 32 + Math.floor(random() * 2 ** 32) + 1
