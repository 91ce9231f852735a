import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { firstAdministratorLink } from '#access/link.ts'
import type { Services } from '#features/services.ts'
import { createTestDatabase } from '#store/testing.ts'
import { raw, sql } from '#warehouse/sql.ts'
import { reconcileDimensions } from './dimensions.ts'
import { openHome } from './open.ts'
import { openTestHome, seedModel, seedUnits, startTestServer, testUnits } from './testing.ts'

const folder = await mkdtemp(join(tmpdir(), 'zhiyin-dimensions-'))
const server = process.env.ZHIYIN_TEST_DATABASE_URL
const database = server ? await createTestDatabase(server) : undefined
after(async () => {
  await database?.drop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function open() {
  const opened = await openHome({ folder, kind: 'real', databaseUrl: database?.url })
  assert.ok(opened.ok, JSON.stringify(opened))
  return opened.value
}

const idsOf = ({ warehouse }: Pick<Services, 'warehouse'>, table: string, id: string) =>
  warehouse.write(async (writer) => {
    const { rows } = await writer.run(sql`select ${raw(id)} as id from ${raw(table)} order by 1`)
    return rows.map((row) => row.id)
  })

test('what the store had and the warehouse did not when a process ended is copied at the next start, once', async () => {
  const before = await open()
  await seedUnits(before.services.store)
  await seedModel(before.services.store)
  await before.services.store.query(
    "insert into customers (key, unit_id, segment, birth_year, opened_on) values (7, 'hz-xihu', 'retail', 1980, '2020-01-02')",
  )
  assert.deepEqual(await idsOf(before.services, 'units', 'unit_id'), [])
  await before.close()

  const opened = await open()
  const { services } = opened
  assert.deepEqual(await idsOf(services, 'units', 'unit_id'), testUnits.map(([id]) => id).sort())
  assert.deepEqual(await idsOf(services, 'touchpoints', 'touchpoint_id'), ['tp-app', 'tp-counter'])
  assert.deepEqual(await idsOf(services, 'customers', 'customer_key'), [7])
  assert.deepEqual(await reconcileDimensions(services), [])
  await services.store.query("update units set name = '西湖支行' where id = 'hz-xihu'")
  assert.deepEqual(await reconcileDimensions(services), ['units'])
  await services.store.query("update customers set segment = 'private' where key = 7")
  await services.store.query("update touchpoints set name = '柜台' where id = 'tp-counter'")
  assert.deepEqual(await reconcileDimensions(services), ['touchpoints', 'customers'])
  assert.deepEqual(await reconcileDimensions(services), [])
  await opened.close()
})

test('a look that finds nothing to copy waits for no writer', { timeout: 60_000 }, async (t) => {
  const { services, close } = await openTestHome()
  await reconcileDimensions(services)
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const load = services.warehouse.write(() => {
    begun.resolve()
    return end.promise
  })
  t.after(async () => {
    end.resolve()
    await load
    await close()
  })
  await begun.promise
  assert.deepEqual(await reconcileDimensions(services), [])
})

test('the head office that comes with the first administrator is in the warehouse, too', async () => {
  const bank = await startTestServer({ units: false })
  const link = await firstAdministratorLink(bank.store, bank.services.clock())
  const accepted = await fetch(`${bank.url}/api/v1/one-time-links/accept`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: link!.token, password: 'a long enough phrase', login: 'ann', name: '安娜' }),
  })
  assert.equal(accepted.status, 200)
  assert.deepEqual(await idsOf(bank.services, 'units', 'unit_id'), ['head-office'])
  await bank.close()
})
