/** A server that dies at a point of a write to a lake. For lakeWrites.cluster.test.ts. */
import { openFiles } from '#files/files.ts'
import { openPostgres } from '#store/postgres.ts'
import { storeOn } from '#store/store.ts'
import { openLake } from '../lake/lake.ts'
import { loadFacts } from '../loading.ts'
import { refreshRollups } from '../rollups/making.ts'
import { sql } from '../sql.ts'

const { KILLED_AT: point, KILLED_SOURCE: source, KILLED_LAKE, KILLED_FILES, KILLED_STORE } = process.env
const die = (at: string) => {
  if (point === at) process.kill(process.pid, 'SIGKILL')
}
const store = storeOn(await openPostgres(KILLED_STORE!))
const lake = await openLake({ url: KILLED_LAKE!, store, files: await openFiles(KILLED_FILES!) })
await lake.session(async ({ connection, write }) => {
  await connection.run(
    `create temp table staged as select 'k' || i as source_id, timestamp '2025-05-05' as start_at, 'app' as channel from range(5) r(i)`,
  )
  await write(async (writer) => {
    die('staged')
    await loadFacts(writer, 'interactions', { loadId: 60, source: source!, timeZone: 'UTC' }, 'staged')
    await writer.whole(sql`select count(*) as n from interactions`)
    die('written')
    await refreshRollups(writer)
    die('rolled up')
  })
  die('published')
})
