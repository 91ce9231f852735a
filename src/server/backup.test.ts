import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Services } from '#features/services.ts'
import { recordAudit } from '#store/audit.ts'
import { sealAudit, verifyAudit } from '#store/auditChain.ts'
import { listBackups, makeBackup, pruneBackups } from '#store/backup.ts'
import { homePaths } from '#store/home.ts'
import { createTestDatabase } from '#store/testing.ts'
import { exporterOf } from '#warehouse/backup.ts'
import { raw } from '#warehouse/sql.ts'
import { openHome } from './open.ts'
import { restoreHome } from './restore.ts'

const root = await mkdtemp(join(tmpdir(), 'zhiyin-backup-'))
after(() => rm(root, { recursive: true }))
const server = process.env.ZHIYIN_TEST_DATABASE_URL
const place = (name: string) => join(root, name)

async function open(folder: string, databaseUrl?: string, kind?: 'real') {
  const opened = await openHome({ folder, ...(kind ? { kind } : {}), databaseUrl })
  assert.ok(opened.ok, JSON.stringify(opened))
  return opened.value
}
const backup = async (services: Services, into?: string) => {
  const made = await makeBackup(
    { ...services, now: services.clock(), warehouse: exporterOf(services.warehouse) },
    'manual',
    into,
  )
  assert.ok(made.ok)
  return made.value
}

/** Long tables by their fingerprint, so that a difference can be read. */
const short = (lines: string[]) =>
  lines.length <= 20 ? lines : [`${lines.length} rows`, createHash('sha256').update(lines.join('\n')).digest('hex')]

/** Every value of every table of both stores, as text. */
async function everything({ store, warehouse }: Services): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  const tables = await store.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = current_schema() and tablename not in ('sessions', 'one_time_links', 'sign_in_attempts', 'schema_migrations') order by 1",
  )
  for (const { name } of tables) {
    // The record that a restore adds, and its link once it is sealed, are its own.
    const own =
      name === 'audit_records'
        ? "where action <> 'backup.restore'"
        : name === 'audit_chain'
          ? "where record_id not in (select id from audit_records where action = 'backup.restore')"
          : ''
    const rows = await store.query<{ line: string }>(
      `select to_json(t)::text as line from "${name}" t ${own} order by 1`,
    )
    found[`store.${name}`] = short(rows.map((row) => row.line))
  }
  await warehouse.write(async (writer) => {
    const list = await writer.run(
      raw(
        'select table_name as name from duckdb_tables() where not internal and not temporary union all select view_name from duckdb_views() where not internal order by 1',
      ),
    )
    for (const { name } of list.rows) {
      if (name === 'warehouse_meta') continue
      const { rows } = await writer.run(raw(`select to_json(t)::varchar as line from "${name}" t`))
      found[`warehouse.${name}`] = short(rows.map((row) => String(row.line)))
    }
  })
  return found
}

async function fill({ store, warehouse, cipher }: Services): Promise<void> {
  await store.transaction(async (tx) => {
    // A child that sorts before its parent: rows come back without regard to references between them.
    await tx.query("insert into units (id, code, name, level, path) values ('z', 'Z', '总行', 'head_office', '/z/')")
    await tx.query(
      "insert into units (id, code, name, level, parent_id, path, opened_on) values ('a', 'A', E'支\\\\行\\n\\t\"1', 'branch', 'z', '/z/a/', '1998-02-28')",
    )
    await tx.query('insert into customers (key, name_enc, name_index, unit_id) values ($1, $2, $3, $4)', [
      2 ** 52 - 1,
      cipher.encrypt('王小明'),
      cipher.blindIndex('name', '王小明'),
      'a',
    ])
    await tx.query("insert into settings (key, value) values ('odd', $1)", [
      JSON.stringify({ 数: [0.1, 1e-300, null, ''], text: '\\"\u2028' }),
    ])
    for (let i = 0; i < 3; i++)
      await tx.query(
        "insert into loads (kind, source, file_name, state, created_by) values ('interactions', '', 'f.csv', 'done', 'x')",
      )
    await tx.query('delete from loads where id = 3')
    await tx.query(
      "insert into targets (id, metric, value, effective_from, set_by) values ('t', 'nps', 0.30000000000000004, '2026-01-01', 'x')",
    )
    await recordAudit(tx, { id: 'x', kind: 'operator' }, { action: 'sample.fill', objectKind: 'sample' })
    await tx.query("insert into users (id, login, name_enc) values ('u', 'u', $1)", [cipher.encrypt('李')])
    await tx.query(
      "insert into sessions (id, id_hash, user_id, expires_at) values ('s', 'h', 'u', now() + interval '1 day')",
    )
  })
  // More rows than are written or read in one go.
  await store.query(
    "insert into subject_keys select 'customer', 's', decode(md5(g::text), 'hex'), decode(md5(g::text), 'hex'), g from generate_series(1, 2500) g",
  )
  await sealAudit(store)
  await warehouse.write(async (writer) => {
    await writer.script(
      "create table log_1_events as select i::hugeint * 9223372036854775807 as wide, (i % 3)::utinyint as small, case when i = 2 then null else timestamp '2026-01-01 00:00:00.123456' + to_seconds(i) end as at, ('甲' || i)::enum('甲0', '甲1', '甲2', '甲3', '甲4') as activity, i = 1 as yes, [i, null] as list from range(5) t(i)",
    )
    await writer.script('create view log_1_view as select * from log_1_events where yes')
  })
}

const first = await open(place('first'), undefined, 'real')
await fill(first.services)
await first.services.upkeep.reconcileDimensions()
const original = await everything(first.services)
const made = await backup(first.services)
const key = await readFile(homePaths(place('first')).keys)
await first.close()

async function restoredInto(name: string, from: string, databaseUrl?: string) {
  const outcome = await restoreHome({ from, folder: place(name), keyFile: homePaths(place('first')).keys, databaseUrl })
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return open(place(name), databaseUrl)
}

test('every table of both stores comes back, row by row, and the audit chain with them', async () => {
  const home = await restoredInto('same', made.folder)
  try {
    assert.deepEqual(await everything(home.services), original)
    assert.ok((await verifyAudit(home.services.store)).intact)
    assert.equal(home.services.home.id, first.services.home.id)
    const [customer] = await home.services.store.query<{ name_enc: Uint8Array }>('select name_enc from customers')
    assert.equal(home.services.cipher.decrypt(customer!.name_enc), '王小明')
    assert.deepEqual(await home.services.store.query('select * from sessions'), [])
    const [load] = await home.services.store.query<{ id: number }>(
      "insert into loads (kind, source, file_name, state, created_by) values ('interactions', '', 'f.csv', 'done', 'x') returning id",
    )
    assert.equal(load?.id, 4, 'a number once given is not given again')
    await assert.rejects(home.services.store.query("update units set parent_id = 'nowhere'"), { code: '23503' })
  } finally {
    await home.close()
  }
})

test('a backup goes from the embedded store to PostgreSQL and back', { skip: !server && 'no PostgreSQL' }, async () => {
  const database = await createTestDatabase(server!)
  try {
    const there = await restoredInto('there', made.folder, database.url)
    assert.equal(there.services.store.kind, 'postgres')
    assert.deepEqual(await everything(there.services), original)
    const again = await backup(there.services)
    await there.close()
    const refused = await restoreHome({
      from: made.folder,
      folder: place('second'),
      keyFile: homePaths(place('first')).keys,
      databaseUrl: database.url,
    })
    assert.ok(!refused.ok && refused.reason === 'home_not_empty')
    const back = await restoredInto('back', again.folder)
    assert.deepEqual(await everything(back.services), original)
    await back.close()
  } finally {
    await database.drop()
  }
})

test('a backup that lacks a byte, a file or its key is refused, and nothing is made', async () => {
  const files = Object.keys(made.manifest.files)
  const damages: [name: string, reason: string, spoil: (folder: string) => Promise<unknown>][] = [
    ['no manifest', 'backup_damaged', (folder) => rm(join(folder, 'manifest.json'))],
    ['half a manifest', 'backup_damaged', (folder) => truncate(join(folder, 'manifest.json'), 500)],
    [
      'another count',
      'backup_damaged',
      async (folder) => {
        const path = join(folder, 'manifest.json')
        await writeFile(path, (await readFile(path, 'utf8')).replace('\\"rows\\":2500', '\\"rows\\":2501'))
      },
    ],
    ['a file less', 'backup_damaged', (folder) => rm(join(folder, files[0]!))],
    ['a file more', 'backup_damaged', (folder) => writeFile(join(folder, 'store', 'extra'), '')],
    ['a file swapped', 'backup_damaged', (folder) => rename(join(folder, files[1]!), join(folder, files[0]!))],
    ['cut', 'backup_damaged', (folder) => truncate(join(folder, 'store/subject_keys.jsonl.gz'), 1000)],
    [
      'a flipped byte',
      'backup_damaged',
      async (folder) => {
        const path = join(folder, 'warehouse/log_1_events.parquet')
        const bytes = await readFile(path)
        bytes[40]! ^= 1
        await writeFile(path, bytes)
      },
    ],
  ]
  for (const [name, reason, spoil] of damages) {
    const folder = place(`spoilt ${name}`)
    await cp(made.folder, folder, { recursive: true })
    await spoil(folder)
    const outcome = await restoreHome({
      from: folder,
      folder: place(`from ${name}`),
      keyFile: homePaths(place('first')).keys,
    })
    assert.ok(!outcome.ok && outcome.reason === reason, `${name}: ${JSON.stringify(outcome)}`)
    assert.deepEqual(await readdir(place(`from ${name}`)), [])
  }
  const otherKey = place('other.key')
  await writeFile(otherKey, `${'ab'.repeat(32)}\n`)
  const wrong = await restoreHome({ from: made.folder, folder: place('wrong key'), keyFile: otherKey })
  assert.ok(!wrong.ok && wrong.reason === 'key_wrong')
  const none = await restoreHome({ from: made.folder, folder: place('no key') })
  assert.ok(!none.ok && none.reason === 'key_wrong')
  const full = await restoreHome({ from: made.folder, folder: place('first') })
  assert.ok(!full.ok && full.reason === 'home_not_empty')
})

test('the key is not in a backup, nor anything that identifies a person in clear', async () => {
  const { gunzipSync } = await import('node:zlib')
  for (const entry of await readdir(made.folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const path = join(entry.parentPath, entry.name)
    assert.equal((await stat(path)).mode & 0o077, 0, `${path} is open to others`)
    const bytes = await readFile(path)
    const text = String(path.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    assert.ok(!text.includes(String(key).trim()) && !text.includes('王小明'), path)
  }
})

test('a backup is one moment of both stores while others write', async () => {
  const home = await open(place('busy'), undefined, 'real')
  try {
    const { store, warehouse } = home.services
    await warehouse.write((writer) => writer.script('create table taken (n bigint)'))
    const own = (await store.query('select 1 from settings')).length
    let stop = false
    // As intake does it: into the warehouse first, then noted in the store.
    const writer = (async () => {
      for (let n = 1; !stop; n++) {
        await warehouse.write((each) => each.script(`insert into taken values (${n})`))
        await store.query("insert into settings (key, value) values ($1, '1')", [`taken ${n}`])
      }
    })()
    const counts: [number, number][] = []
    for (let i = 0; i < 3; i++) {
      const { manifest } = await backup(home.services)
      const settings = manifest.store.tables.find((table) => table.name === 'settings')!.rows - own
      counts.push([manifest.warehouse.find((table) => table.name === 'taken')!.rows, settings])
    }
    stop = true
    await writer
    assert.ok(counts.at(-1)![0] > counts[0]![0], 'the writer did not write meanwhile')
    for (const [inWarehouse, inStore] of counts)
      assert.ok(inWarehouse - inStore === 0 || inWarehouse - inStore === 1, `${inWarehouse} against ${inStore}`)
  } finally {
    await home.close()
  }
})

test('only scheduled backups are pruned, the newest kept, and the remains of broken ones cleared', async () => {
  const folder = place('many')
  const home = await open(place('same'))
  try {
    const parts = { ...home.services, warehouse: exporterOf(home.services.warehouse) }
    for (let day = 1; day <= 4; day++)
      await makeBackup({ ...parts, now: new Date(`2026-05-0${day}T00:00:00Z`) }, 'scheduled', folder)
    await makeBackup({ ...parts, now: new Date('2026-04-01T00:00:00Z') }, 'manual', folder)
    const both = await Promise.all(
      [1, 2].map(() => makeBackup({ ...parts, now: new Date('2026-04-02T00:00:00Z') }, 'manual', folder)),
    )
    assert.deepEqual(both.map((each) => (each.ok ? 'made' : each.reason)).sort(), ['backup_running', 'made'])
    await cp(made.folder, join(folder, 'x.partial'), { recursive: true })
    await pruneBackups(folder, 2, new Date(Date.now() + 2 * 86_400_000))
    const left = await listBackups(folder)
    assert.deepEqual(
      left.map((each) => `${each.reason} ${each.madeAt.slice(0, 10)}`),
      ['scheduled 2026-05-04', 'scheduled 2026-05-03', 'manual 2026-04-02', 'manual 2026-04-01'],
    )
    assert.equal((await readdir(folder)).length, 4)
  } finally {
    await home.close()
  }
})
