import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newerThan, numberOf, readMigrations } from './migrate.ts'

const migrations = await readMigrations()

test('migrations are numbered without gap or double', () => {
  assert.deepEqual(
    migrations.map(({ name }) => numberOf(name)),
    migrations.map((_, i) => i + 1),
  )
})

test('each migration since servers run side by side says which program survives it', () => {
  const since = migrations.filter(({ name }) => numberOf(name) >= 10)
  assert.ok(since.length > 0)
  for (const { name, sql, survives } of since) {
    assert.match(sql, /^-- survives: \d{4}\n/, `${name}: the first line must be "-- survives: NNNN" (CONTRIBUTING.md)`)
    assert.ok(survives >= 10 && survives <= numberOf(name), `${name} survives ${survives}`)
  }
})

test('a program is refused by the newest migration that it does not survive, and by one that says nothing', () => {
  const applied = (name: string, survives: number | null) => ({ name, hash: '', survives })
  const known = migrations.slice(0, 10)
  assert.equal(newerThan(known, [applied('0010_servers.sql', 10), applied('0011_x.sql', 10)]), undefined)
  assert.equal(newerThan(known, [applied('0011_x.sql', 10), applied('0012_y.sql', 11)]), '0012_y.sql')
  assert.equal(newerThan(known, [applied('0011_x.sql', null)]), '0011_x.sql')
})
