import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { startIntake } from './jobs.ts'
import { listLoads } from './data/loads.ts'
import { moveIntake } from './mutations/moveIntake.ts'
import { type ImportBench, openImportBench } from './mutations/testing.ts'
import { takeInteractions } from './mutations.ts'
import { StoreError } from '#store/errors.ts'
import { TrinoError } from '#warehouse/lake/trinoError.ts'

let bench: ImportBench
before(async () => {
  bench = await openImportBench()
})
after(() => bench.close())

const line = (id: string, extra: object = {}) => ({
  id,
  start_at: '2026-03-01T08:00:00+08:00',
  channel: 'app',
  unit: 'hz-xihu',
  ...extra,
})
const of = (source: string) =>
  bench.rows(`select source_id, outcome from interactions where source = '${source}' and superseded_by = 0 order by 1`)

test('a batch that cannot be moved stands aside with its reason; those behind it move', async () => {
  const { home, rows } = bench
  const { services, operator } = home
  const take = (key: string, id: string) =>
    takeInteractions(services, operator, { source: 'queue', key, body: Buffer.from(JSON.stringify(line(id))) })
  const bad = await take('b1', 'b1')
  assert.ok(bad.ok)
  await take('b2', 'b2')
  // As left by an older version, which let such lines in.
  await services.store.query('update intake_batches set body_enc = $2 where id = $1', [
    bad.value.batch,
    services.cipher.encryptBytes(zstdCompressSync(Buffer.from(JSON.stringify(line('b1', { start_at: 'never' }))))),
  ])
  while ((await moveIntake(services)) > 0);
  assert.deepEqual(await of('queue'), [{ source_id: 'b2', outcome: null }])
  const { intake } = await listLoads(services, operator, { limit: 1 })
  assert.equal(intake.waiting, 0)
  assert.deepEqual(
    intake.setAside.map(({ batch, source, rows }) => [batch, source, rows]),
    [[bad.value.batch, 'queue', 1]],
  )
  assert.match(intake.setAside[0]?.reason ?? '', /time|date/i)
  const audited = async () =>
    (await services.store.query("select 1 from audit_records where action = 'interactions.setAside'")).length
  assert.equal(await audited(), 1)
  // What hindered it is gone: the next start tries again.
  await services.store.query('update intake_batches set body_enc = $2 where id = $1', [
    bad.value.batch,
    services.cipher.encryptBytes(zstdCompressSync(Buffer.from(JSON.stringify(line('b1'))))),
  ])
  const running = startIntake(services)
  await running.stop()
  while ((await moveIntake(services)) > 0);
  assert.equal((await rows("select 1 from interactions where source = 'queue' and superseded_by = 0")).length, 2)
  assert.equal((await listLoads(services, operator, { limit: 1 })).intake.setAside.length, 0)
  assert.equal(await audited(), 1)
})

test('batches wait in their order while the warehouse or the store is away', async () => {
  const { services, operator } = bench.home
  for (const key of ['w1', 'w2'])
    await takeInteractions(services, operator, { source: 'away', key, body: Buffer.from(JSON.stringify(line(key))) })
  const away = (error: Error) => ({
    ...services,
    warehouse: { ...services.warehouse, write: () => Promise.reject(error) },
  })
  for (const error of [new TrinoError('gone', 'away'), new StoreError('Connection terminated unexpectedly', '08006')])
    await assert.rejects(moveIntake(away(error)), error)
  const { intake } = await listLoads(services, operator, { limit: 1 })
  assert.deepEqual(intake, { waiting: 2, setAside: [] })
  while ((await moveIntake(services)) > 0);
  assert.equal((await of('away')).length, 2)
})

test('who speaks for some units replaces no fact of another source, and says of which unit he speaks', async () => {
  const { home, send } = bench
  await send([line('x1', { unit: 'nj-gulou', outcome: 'success' })], { source: 'crm', key: 'same' })
  const { scope } = await home.user({ role: 'OPS', unit: 'hz' })
  const taken = await send([line('x1', { outcome: 'failure' })], { source: 'crm', key: 'same', scope })
  assert.ok(taken.ok && !taken.value.repeated)
  assert.deepEqual(await of('crm'), [{ source_id: 'x1', outcome: 'success' }])
  assert.deepEqual(await of('crm@hz'), [{ source_id: 'x1', outcome: 'failure' }])
  const without = await send([line('x2', { unit: undefined })], { source: 'crm', scope })
  assert.ok(!without.ok && without.reason === 'intake_line_invalid')
  assert.deepEqual((without.detail as { lines: unknown[] }).lines, [
    { line: 1, column: 'unit', reason: 'a caller for some units says which unit' },
  ])
})

test('what comes into a demo home is marked as practice', async () => {
  const { services, operator } = bench.home
  const demo = { ...services, home: { ...services.home, kind: 'demo' as const } }
  const taken = await takeInteractions(demo, operator, {
    source: 'demo',
    key: 'd1',
    body: Buffer.from(JSON.stringify(line('d1'))),
  })
  assert.ok(taken.ok && taken.value.practice)
  const [row] = await services.store.query('select practice from intake_batches where id = $1', [taken.value.batch])
  assert.deepEqual(row, { practice: true })
  const real = await bench.send([line('r1')], { source: 'real' })
  assert.ok(real.ok && !real.value.practice)
})
