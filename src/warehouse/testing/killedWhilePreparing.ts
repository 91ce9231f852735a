/** A process that loads a log into a warehouse, prepares it, and dies at the given settling. For preparedLogKill.test.ts. */
import { openDuckdb } from '../duckdb.ts'
import { loadFacts } from '../loading.ts'
import { markStaleLogs, prepareLog } from '../preparedLog.ts'

const [path, loadId, settlings] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])]
const warehouse = await openDuckdb(path)
await warehouse.session(async ({ connection, write }) => {
  await connection.run(`create temp table staged as
    select 'loan' as process, 'C' || i // 4 as case_key, 'step ' || (i % 4) // 2 as activity,
      (['start', 'complete'])[1 + i % 2] as lifecycle, timestamp '2025-03-03' + to_minutes(i::bigint) as start_at
    from range(4 * 1000 * ${loadId}) t(i)`)
  await write(async (writer) => {
    await loadFacts(writer, 'events', { loadId, source: `extract ${loadId}`, timeZone: 'UTC' }, 'staged')
    await markStaleLogs(writer, [{ process: 'loan', log: 1 }])
    let settled = 0
    const dying = {
      ...writer,
      settle: async () => {
        await writer.settle()
        settled++
        if (settled === settlings) process.kill(process.pid, 'SIGKILL')
      },
    }
    await prepareLog(dying, { process: 'loan', log: 1, timeZone: 'UTC' })
    // Nothing was settled this often: the log is there, its last transaction is not yet committed.
    if (settlings > settled) process.kill(process.pid, 'SIGKILL')
  })
})
