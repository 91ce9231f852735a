import { addDays, type Day } from '#lib/time.ts'
import type { StoredType } from '../dialect.ts'
import { tables } from '../facts.ts'
import { writeMeta } from '../migrations.ts'
import { raw } from '../sql.ts'
import type { Warehouse } from '../warehouse.ts'
import {
  daysOfEpisodes,
  inOneOrder,
  inParts,
  remainingKey,
  remainingOf,
  seenInParts,
  staleDays,
  strikeOut,
} from './days.ts'
import { makeHops, makeMeasures } from './making.ts'
import { dailyColumns, episodeDays, hops, inDays, inOrder } from './sums.ts'

const madeColumns: Record<string, StoredType> = Object.fromEntries(
  dailyColumns.map((column) => [column, tables.daily[column]]),
)

/**
 * What `refreshRollups` does with the episodes, in many turns instead of one: for a lake, where a month of facts takes
 * minutes and whoever else writes must not wait for all of it. Episodes are made once nothing can join them any more, a
 * week after they began; those of the last days stay noted. Killed in between it goes on the next time.
 */
export async function refreshInTurns({ write, aside }: Pick<Warehouse, 'write' | 'aside'>, today: Day): Promise<void> {
  const complete = addDays(today, -episodeDays - 1)
  const parts = await write(async (writer) => {
    const before = await remainingOf(writer)
    const open = [...(await staleDays(writer)), ...(await staleDays(writer, 'stale_episode_days'))]
    const remaining = {
      measures: inOneOrder([...before.measures, ...open]),
      hops: inOneOrder([...before.hops, ...daysOfEpisodes(open)]),
    }
    if (remaining.measures.length + remaining.hops.length === 0) return undefined
    // What comes in from here on is noted anew, and is not struck out by what ends here.
    await writeMeta(writer, { [remainingKey]: JSON.stringify(remaining) })
    await writer.script('delete from stale_episode_days')
    const hops: { days: string[]; seen: string[] }[] = []
    const due = remaining.hops.filter((day) => day <= complete)
    for (const days of await inParts(writer, due)) hops.push({ days, seen: await seenInParts(writer, days) })
    return { measures: await inParts(writer, remaining.measures), hops }
  })
  for (const part of parts?.measures ?? [])
    await write(async (writer) => {
      await makeMeasures(writer, [part])
      await writer.script(`delete from stale_days where ${inDays(part)}`)
      await strikeOut(writer, 'measures', part)
    })
  for (const { days, seen } of parts?.hops ?? []) {
    const putIn = (made?: string) =>
      write(async (writer) => {
        // Whoever had the turn meanwhile may have made some of them, from newer facts.
        const open = new Set((await remainingOf(writer)).hops)
        const left = days.filter((day) => open.has(day))
        if (left.length === 0) return
        if (made === undefined) await makeHops(writer, [left])
        else {
          await writer.remove('daily', raw(`metric = 'channel_hops' and ${inDays(left)}`))
          await writer.fill(
            'daily',
            dailyColumns,
            inOrder(`select ${dailyColumns.join(', ')} from ${made} where ${inDays(left)}`),
          )
        }
        await strikeOut(writer, 'hops', left)
      })
    // Weeks of contacts are looked at beside the writers; the turn is for putting in what was found.
    if (!aside) await putIn()
    else
      await aside(madeColumns, (held) => seen.map((some) => raw(hops(inDays(days), some, held('interactions')))), putIn)
  }
}
