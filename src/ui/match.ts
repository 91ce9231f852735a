import type { Letters } from './pinyin.ts'

/**
 * How well a name answers what was typed, 0 where not at all: the name itself before its letters, the beginning before
 * the middle. All words must be found, in any order.
 */
export function matchScore(typed: string, name: string, letters?: Letters): number {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return 0
  let score = 0
  for (const word of words) {
    const found = wordScore(word, name.toLowerCase(), letters)
    if (found === 0) return 0
    score += found
  }
  // Of two that match alike the shorter is the nearer one.
  return score / words.length - name.length / 1000
}

function wordScore(word: string, name: string, letters?: Letters): number {
  if (name === word) return 6
  if (name.startsWith(word)) return 5
  if (name.includes(word)) return 4
  if (letters?.initials.startsWith(word)) return 3.5
  if (letters?.full.startsWith(word)) return 3
  if (word.length > 1 && letters?.initials.includes(word)) return 2.5
  if (word.length > 2 && letters?.full.includes(word)) return 2
  return 0
}
