import type { Text } from '#lib/text.ts'

/** `ok`; `warning`: works, and will not for long or not as well as it could; `fault`: does not work, or loses data. */
export type Level = 'ok' | 'warning' | 'fault'

/** One thing looked at: what was found, what is wanted, and what to do where the two differ. */
export interface Check {
  /** `postgres.version` */
  id: string
  level: Level
  title: Text
  found: Text
  wanted?: Text
  remedy?: Text
}

/** A figure, a name, a version: the same in every language. */
export const plain = (text: string | number): Text => ({ zh: String(text), en: String(text) })

type Judged = Omit<Check, 'id' | 'level' | 'title'>

/** A check whose remedy is told only where something is to be mended. */
export function check(id: string, title: Text, level: Level, { found, wanted, remedy }: Judged): Check {
  const told = level === 'ok' ? {} : { ...(wanted ? { wanted } : {}), ...(remedy ? { remedy } : {}) }
  return { id, level, title, found, ...told }
}

/** A machine's clock compared with this one's: milliseconds ahead of ours, each with half the time of the round trip. */
export interface ClockSample {
  aheadMs: number
  halfTripMs: number
}

const warnMs = 2_000
const faultMs = 30_000

/** Of several samples that with the shortest trip counts, and only what its trip does not explain. */
export function judgeClock(id: string, title: Text, samples: readonly ClockSample[]): Check {
  const best = samples.toSorted((a, b) => a.halfTripMs - b.halfTripMs)[0]
  if (!best) return check(id, title, 'warning', { found: { zh: '未能读取', en: 'could not be read' } })
  const apart = Math.max(0, Math.abs(best.aheadMs) - best.halfTripMs)
  const level = apart > faultMs ? 'fault' : apart > warnMs ? 'warning' : 'ok'
  const seconds = (best.aheadMs / 1000).toFixed(1)
  return check(id, title, level, {
    found: plain(`${best.aheadMs >= 0 ? '+' : ''}${seconds} s ± ${(best.halfTripMs / 1000).toFixed(1)} s`),
    wanted: { zh: '相差不超过 2 秒', en: 'no more than 2 s apart' },
    remedy: {
      zh: '请在各机器上启用同一时钟同步服务（NTP/chrony）。',
      en: 'Have the machines follow one time service (NTP, chrony).',
    },
  })
}

/** Reads another machine's clock a few times. */
export async function sampleClock(readMs: () => Promise<number>, times = 3): Promise<ClockSample[]> {
  const samples: ClockSample[] = []
  for (let i = 0; i < times; i++) {
    const before = Date.now()
    const theirs = await readMs()
    const after = Date.now()
    samples.push({ aheadMs: theirs - (before + after) / 2, halfTripMs: (after - before) / 2 })
  }
  return samples
}

export const worst = (checks: readonly Check[]): Level =>
  checks.some(({ level }) => level === 'fault')
    ? 'fault'
    : checks.some(({ level }) => level === 'warning')
      ? 'warning'
      : 'ok'
