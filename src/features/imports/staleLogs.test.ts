import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { listProcesses } from '#features/processes/data.ts'
import type { Services } from '#features/services.ts'
import type { Session } from '#warehouse/warehouse.ts'
import { prepareStaleLogs } from '#features/prepareLogs.ts'
import { openImportBench } from './mutations/testing.ts'
import { undoLoad } from './mutations/undo.ts'

const bench = await openImportBench()
after(() => bench.close())

const mapping = {
  kind: 'events',
  source: 'core',
  process: 'loan',
  columns: { case_key: 'case', activity: 'step', start_at: 'at' },
}
const csv = (cases: number, from: number) =>
  ['case,step,at', ...Array.from({ length: cases }, (_, i) => `C${from + i},apply,2025-03-03T01:00:00Z`)].join('\n')

/** Services whose preparing of logs breaks down at its first settling. */
const breakingDown = (services: Services): Services => ({
  ...services,
  warehouse: {
    ...services.warehouse,
    session: (work) =>
      services.warehouse.session((session: Session) =>
        work({
          ...session,
          write: (inner, options) =>
            session.write(
              (writer) => inner({ ...writer, settle: () => Promise.reject(new Error('no room left')) }),
              options,
            ),
        }),
      ),
  },
})

test('facts that are taken out stay out when their log cannot be prepared, and the log follows later', async () => {
  const { services, operator } = bench.home
  await bench.load('first.csv', csv(20, 0), mapping)
  const second = await bench.load('second.csv', csv(10, 20), mapping)
  const [row] = await services.store.query<{ log: number }>("select log from processes where id = 'loan'")
  const events = async () => (await services.warehouse.log(row!.log))?.events
  assert.equal(await events(), 30)
  const undone = await undoLoad(breakingDown(services), operator, second.id)
  assert.ok(undone.ok)
  assert.deepEqual(await bench.rows('select count(*) as n from events where superseded_by = 0'), [{ n: 20 }])
  assert.equal(await events(), 30, 'the old log stands')
  assert.deepEqual(await services.warehouse.staleLogs(), [{ process: 'loan', log: row!.log }])
  assert.equal(await prepareStaleLogs(breakingDown(services)), 0)
  const seen = async () => (await listProcesses(services, operator)).map(({ id, behind }) => ({ id, behind }))
  assert.deepEqual(await seen(), [{ id: 'loan', behind: true }], 'and the page says so')
  const before = services.warehouse.versions()
  assert.equal(await prepareStaleLogs(services), 1)
  assert.equal(await events(), 20)
  assert.deepEqual(await seen(), [{ id: 'loan', behind: false }])
  const prepared = services.warehouse.versions()
  assert.ok(prepared.data > before.data)
  // Where nothing is behind, nothing is written.
  assert.equal(await prepareStaleLogs(services), 0)
  assert.deepEqual(services.warehouse.versions(), prepared)
})
