import { openFiles } from '#files/files.ts'
import { openTestStore } from '#store/testing.ts'
import { calendarVersion } from '../calendar.ts'
import { type LakeOptions, openLake } from '../lake/lake.ts'
import { writeChanges } from '../lake/lakeState.ts'
import { standingTables } from '../lake/lakeTables.ts'
import { schemaVersion } from '../migrations.ts'
import { type FakeAnswers, fakeTrino } from './fakeTrino.ts'

/** A lake that is made already, over a coordinator that is not one: for what a server asks of a cluster, and how. It cannot be written. */
export async function openFakeLake(answers: FakeAnswers, options: Pick<LakeOptions, 'questionMemory'> = {}) {
  const trino = await fakeTrino(answers)
  const store = await openTestStore()
  await writeChanges(store.engine, {
    snapshots: new Map(Object.keys(standingTables).map((table) => [table, '1'])),
    droppedTables: [],
    meta: new Map([
      ['schema_version', String(schemaVersion)],
      ['calendar_version', calendarVersion],
    ]),
    batches: [],
    staleDays: { stale_days: [], stale_episode_days: [] },
  })
  const files = await openFiles(new URL('.', import.meta.url).href)
  const warehouse = await openLake({ url: trino.url, store, files, ...options })
  return {
    trino,
    store,
    warehouse,
    close: async () => {
      await warehouse.close()
      await store.close()
      trino.close()
    },
  }
}
