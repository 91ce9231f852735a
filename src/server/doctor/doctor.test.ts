import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { homePaths, markHome, readHome, noteMoved } from '#store/home.ts'
import { openStore } from '#store/open.ts'
import { probeDatabase } from '#store/probe.ts'
import { createTestDatabase } from '#store/testing.ts'
import { fakeTrino } from '#warehouse/testing/fakeTrino.ts'
import { openHome } from '../open.ts'
import { type Check, judgeClock, plain, worst } from './check.ts'
import { judgeForeign, judgeNodes, judgeProbe, judgeShapes, judgeVersion, judgeWrites } from './cluster.ts'
import { judgeDatabase } from './database.ts'
import { examine, restoreLake } from './doctor.ts'
import { judgeNode, judgeSpace } from './machine.ts'

const root = await mkdtemp(join(tmpdir(), 'zhiyin-doctor-test-'))
after(() => rm(root, { recursive: true, force: true }))
const levelOf = (checks: readonly Check[], id: string) => checks.find((each) => each.id === id)?.level

const healthy = {
  version: 150_018,
  versionText: '15.18',
  encoding: 'UTF8',
  settings: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', max_connections: '100', TimeZone: 'UTC' },
  connections: 3,
  mayCreate: true,
  sessionLocks: true,
}

test('a database that will do raises nothing; each thing that it lacks is named with what to do', () => {
  assert.equal(worst(judgeDatabase(healthy)), 'ok')
  const lacking: [string, string, Partial<typeof healthy>][] = [
    ['postgres.version', 'fault', { version: 140_010 }],
    ['postgres.encoding', 'fault', { encoding: 'SQL_ASCII' }],
    ['postgres.rights', 'fault', { mayCreate: false }],
    ['postgres.session', 'fault', { sessionLocks: false }],
    ['postgres.fsync', 'fault', { settings: { ...healthy.settings, fsync: 'off' } }],
    ['postgres.synchronous_commit', 'fault', { settings: { ...healthy.settings, synchronous_commit: 'off' } }],
    ['postgres.connections', 'warning', { connections: 95 }],
  ]
  for (const [id, level, facts] of lacking) {
    const checks = judgeDatabase({ ...healthy, ...facts })
    assert.equal(levelOf(checks, id), level, id)
    assert.ok(checks.find((each) => each.id === id)?.remedy?.zh, id)
    assert.equal(checks.filter((each) => each.level !== 'ok').length, 1, id)
  }
})

test('of two clocks only what the way there does not explain counts', () => {
  const judged = (...samples: [number, number][]) =>
    judgeClock(
      'clock',
      plain('clock'),
      samples.map(([aheadMs, halfTripMs]) => ({ aheadMs, halfTripMs })),
    ).level
  assert.equal(judged([1_900, 10]), 'ok')
  assert.equal(judged([4_000, 3_000]), 'ok')
  assert.equal(judged([4_000, 3_000], [4_000, 100]), 'warning')
  assert.equal(judged([-31_000, 100]), 'fault')
  assert.equal(judged(), 'warning')
})

test('versions, nodes, space and files are judged', () => {
  assert.equal(judgeNode('v26.1.0').level, 'ok')
  assert.equal(judgeNode('v22.1.0').level, 'fault')
  assert.equal(judgeVersion('476').level, 'ok')
  assert.equal(judgeVersion('480-e').level, 'warning')
  const node = (id: string, over = {}) => ({ id, version: '476', coordinator: false, state: 'active', ...over })
  const nodes = [node('c', { coordinator: true }), node('w')]
  assert.equal(worst(judgeNodes(nodes)), 'ok')
  assert.equal(worst(judgeNodes(nodes.slice(0, 1))), 'warning')
  assert.equal(worst(judgeNodes([...nodes, node('x', { state: 'inactive' })])), 'warning')
  assert.equal(worst(judgeNodes([...nodes, node('x', { version: '470' })])), 'fault')
  assert.equal(judgeSpace('d', plain('d'), 100e9, 1e9).level, 'ok')
  assert.equal(judgeSpace('d', plain('d'), 20e9, 30e9).level, 'warning')
  assert.equal(judgeSpace('d', plain('d'), 0.5e9, 0).level, 'fault')
  assert.equal(worst(judgeShapes([{ table: 't', files: 2000, bytes: 2e9, format: 'PARQUET' }])), 'warning')
  assert.equal(worst(judgeShapes([{ table: 't', files: 2, bytes: 2e9, format: 'ORC' }])), 'fault')
})

test('a foreign write is told with who it was, and a writer that is at work is no dead one', () => {
  const write = { id: 1, server: 's', began_at: '', tables: ['daily'] }
  assert.equal(judgeWrites({ turnTaken: true, writes: [write] }).level, 'ok')
  assert.equal(judgeWrites({ turnTaken: false, writes: [write] }).level, 'warning')
  const commit = {
    table: 'daily',
    published: '1',
    head: '2',
    at: 'then',
    operation: 'delete',
    user: 'mallory',
    queryId: 'q1',
    added: '0',
    deleted: '7',
  }
  const [told] = judgeForeign([commit], [])
  assert.equal(told!.level, 'fault')
  assert.match(told!.found.zh, /daily.*mallory.*−7/)
  assert.equal(judgeForeign([], [])[0]!.level, 'ok')
  assert.equal(judgeForeign([], ['daily'])[0]!.level, 'fault')
  const probed = judgeProbe({ done: ['create', 'put'], failed: { step: 'add_files', said: 'disabled' } })
  assert.match(probed.at(-1)!.remedy!.en, /add-files-procedure/)
})

test('a folder is looked at and not opened: marker, key, half a move', async () => {
  const folder = join(root, 'home')
  const opened = await openHome({ folder, kind: 'real' })
  assert.ok(opened.ok)
  // It is running, and may be.
  const running = await examine({ folder })
  assert.equal(levelOf(running, 'home.marker'), 'ok')
  assert.equal(levelOf(running, 'key.file'), 'ok')
  await opened.value.close()
  await chmod(homePaths(folder).keys, 0o644)
  assert.equal(levelOf(await examine({ folder }), 'key.file'), 'fault')
  await rm(homePaths(folder).keys)
  assert.equal(levelOf(await examine({ folder }), 'key.file'), 'fault')
  const home = await readHome(folder)
  assert.ok(home && home !== 'foreign')
  await noteMoved(home, { database: 'postgresql://d', warehouse: 'trino://w', at: 'then' })
  assert.equal(levelOf(await examine({ folder }), 'home.marker'), 'warning')
  assert.equal(levelOf(await examine({ folder: join(root, 'none') }), 'home.marker'), 'fault')
  const half = join(root, 'half')
  await markHome(half, 'real', 'UTC')
  await writeFile(homePaths(half).move, 'from')
  assert.equal(levelOf(await examine({ folder: half }), 'home.move'), 'fault')
})

test('a home that has moved is refused by name, and taken back with anyway', async () => {
  const folder = join(root, 'moved')
  const made = await openHome({ folder, kind: 'real' })
  assert.ok(made.ok)
  await made.value.close()
  const home = await readHome(folder)
  assert.ok(home && home !== 'foreign')
  await noteMoved(home, { database: 'postgresql://d', warehouse: 'trino://w', at: 'then' })
  const refused = await openHome({ folder })
  assert.ok(!refused.ok && refused.reason === 'home_moved')
  assert.equal(refused.detail?.warehouse, 'trino://w')
  const taken = await openHome({ folder, anyway: true })
  assert.ok(taken.ok)
  await taken.value.close()
  const again = await openHome({ folder })
  assert.ok(again.ok, 'it is a home like any other')
  await again.value.close()
})

const cluster: [RegExp, unknown[][] | string][] = [
  [
    /runtime\.nodes/,
    [
      ['c', '476', true, 'active'],
      ['w', '476', false, 'active'],
    ],
  ],
  [/to_unixtime/, [[Date.now()]]],
  [/current_timezone/, [['UTC']]],
  [/metadata\.catalogs/, [['lake', 'iceberg']]],
]

test('a cluster that refuses us is told by what it refuses', async () => {
  const files = `file://${root}`
  const look = async (answers: typeof cluster, version?: string) => {
    const fake = await fakeTrino([...answers, ...cluster], version)
    const checks = await examine({ warehouse: { url: fake.url, files } })
    fake.close()
    return checks
  }
  const denied = await look([[/^create table/, 'Access Denied: Cannot create table']])
  assert.equal(levelOf(denied, 'lake.create'), 'fault')
  assert.equal(levelOf(denied, 'trino.version'), 'ok')
  const off = await look([
    [/show schemas/, [['bank']]],
    [/add_files/, 'add_files procedure is disabled'],
  ])
  assert.equal(levelOf(off, 'lake.add_files'), 'fault')
  assert.equal(levelOf(off, 'lake.put'), 'ok')
  const hive = await look([[/metadata\.catalogs/, [['lake', 'hive']]]], '470')
  assert.equal(levelOf(hive, 'trino.catalog'), 'fault')
  assert.equal(levelOf(hive, 'trino.version'), 'warning')
  const zone = await look([[/current_timezone/, [['Asia/Shanghai']]]])
  assert.equal(levelOf(zone, 'trino.session'), 'fault')
})

test('a doctor leaves nothing in the temporary folder, and removes what one that was killed has left there', async () => {
  const before = process.env.TMPDIR
  const folder = join(root, 'temporary')
  const days = (ago: number) => new Date(Date.now() - ago * 86_400_000)
  for (const [name, ago] of [
    ['zhiyin-doctor-killed', 2],
    ['zhiyin-doctor-atwork', 0],
    ['zhiyin-doctor-of-somebody', 2],
  ] as const) {
    await mkdir(join(folder, name, 'zhiyin-fetched-x'), { recursive: true })
    await utimes(join(folder, name), days(ago), days(ago))
  }
  const fake = await fakeTrino(cluster)
  process.env.TMPDIR = folder
  try {
    await examine({ warehouse: { url: fake.url, files: `file://${root}` } })
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    fake.close()
  }
  assert.deepEqual((await readdir(folder)).sort(), ['zhiyin-doctor-atwork', 'zhiyin-doctor-of-somebody'])
})

test('what cannot be reached is one fault, and the rest is looked at all the same', async () => {
  const checks = await examine({
    databaseUrl: 'postgresql://nobody@127.0.0.1:9/none',
    warehouse: { url: 'trino://127.0.0.1:9/lake/bank' },
  })
  for (const id of ['postgres.reachable', 'trino.reachable', 'files.reachable'])
    assert.equal(levelOf(checks, id), 'fault', id)
  assert.equal(levelOf(checks, 'node.version'), 'ok')
})

const url = process.env.ZHIYIN_TEST_DATABASE_URL

test('a restoring that meets something away or a refusal is told by its code', async () => {
  const gone = await restoreLake('postgresql://nobody@127.0.0.1:9/none', 'trino://127.0.0.1:9/lake/bank')
  assert.ok(!gone.ok && gone.reason === 'store_away', JSON.stringify(gone))
  const wrong = await restoreLake('postgresql://nobody@127.0.0.1:9/none', 'http://nowhere')
  assert.ok(!wrong.ok && wrong.reason === 'warehouse_address_wrong', JSON.stringify(wrong))
})

test('a cluster that lets nothing be restored is told by its code', { skip: !url && 'no PostgreSQL' }, async () => {
  const database = await createTestDatabase(url!)
  const folder = join(root, 'restoring')
  const store = await openStore({ folder, key: new Uint8Array(32), url: database.url })
  assert.ok(store.ok)
  await store.value.store.close()
  const fake = await fakeTrino([[/^show tables/, 'Access Denied: Cannot show tables']])
  const denied = await restoreLake(database.url, fake.url)
  fake.close()
  await database.drop()
  assert.ok(!denied.ok && denied.reason === 'warehouse_denied', JSON.stringify(denied))
})

test('a real database answers for itself', { skip: !url && 'no PostgreSQL' }, async () => {
  const facts = await probeDatabase(url!)
  try {
    assert.ok(facts.sessionLocks && facts.mayCreate)
    const checks = judgeDatabase(facts)
    assert.equal(levelOf(checks, 'postgres.version'), 'ok')
    assert.equal(levelOf(checks, 'postgres.session'), 'ok')
  } finally {
    await facts.close()
  }
})
