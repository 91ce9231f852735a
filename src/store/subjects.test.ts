import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { fieldCipher } from './encryption.ts'
import type { Store } from './store.ts'
import { surrogatesFor } from './subjects.ts'
import { openTestStore } from './testing.ts'

let store: Store
const cipher = fieldCipher(randomBytes(32))
before(async () => {
  store = await openTestStore()
})
after(() => store.close())

test('the same number of the same system is the same person, of another system another one', async () => {
  const first = await surrogatesFor(store, cipher, 'customer', 'core', ['C1', 'C2', 'C1'])
  const again = await surrogatesFor(store, cipher, 'customer', 'core', ['C2', 'C3'])
  const other = await surrogatesFor(store, cipher, 'customer', 'card', ['C2'])
  assert.equal(first.size, 2)
  assert.equal(again.get('C2'), first.get('C2'))
  assert.notEqual(other.get('C2'), first.get('C2'))
  assert.equal(new Set([...first.values(), again.get('C3'), ...other.values()]).size, 4)
})

test('the number stands in the store only encrypted', async () => {
  const number = '6222-0000-secret'
  const [key] = (await surrogatesFor(store, cipher, 'customer', 'core', [number])).values()
  const [row] = await store.query<{ e: Uint8Array; i: Uint8Array }>(
    'select external_enc e, external_index i from subject_keys where key = $1',
    [key],
  )
  assert.ok(row)
  assert.equal(Buffer.from(row.e).includes(number), false)
  assert.equal(cipher.decrypt(row.e), number)
})

test('two loads that meet the same new customers at once agree on their keys', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `P${i}`)
  const [a, b] = await Promise.all([
    store.transaction((tx) => surrogatesFor(tx, cipher, 'staff', 'core', names)),
    store.transaction((tx) => surrogatesFor(tx, cipher, 'staff', 'core', [...names].reverse())),
  ])
  for (const name of names) assert.equal(a.get(name), b.get(name))
})

test('two spellings of a number, full width and half width, are one person', async () => {
  const keys = await surrogatesFor(store, cipher, 'customer', 'core', ['W1', 'Ｗ１'])
  assert.equal(keys.size, 2)
  assert.equal(new Set(keys.values()).size, 1)
})
