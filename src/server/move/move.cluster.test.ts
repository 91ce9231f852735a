import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { scopeOfOperator } from '#access/mint.ts'
import { FilesError } from '#files/fault.ts'
import { openFiles } from '#files/files.ts'
import { makeBackup } from '#store/backup.ts'
import { homePaths } from '#store/home.ts'
import { exporterOf } from '#warehouse/backup.ts'
import { askedCases } from '#warehouse/testing/askedCases.ts'
import { comparable } from '#warehouse/testing/comparable.ts'
import { type OpenHome, openHome } from '../open.ts'
import { questions } from '../registry.ts'
import { restoreHome } from '../restore.ts'
import type { MoveProgress } from './copy.ts'
import { moveFromCluster } from './fromCluster.ts'
import { differences, makeBank, makeTarget, rowsOfWarehouse } from './testing/bank.ts'
import { moveToCluster } from './toCluster.ts'

delete process.env.DATABASE_URL
let root: string
const place = (name: string) => join(root, name)
const keyOf = (folder: string) => homePaths(folder).keys
const quiet = { signal: new AbortController().signal, progress: () => undefined }
type Target = Awaited<ReturnType<typeof makeTarget>>
let original: Record<string, string[]>
const targets: Target[] = []
const newTarget = async () => {
  const target = await makeTarget()
  targets.push(target)
  return target
}
/** The bank as it was made, in a folder of the test's own. */
const copyOfBank = async (name: string) => {
  await cp(place('bank'), place(name), { recursive: true })
  return place(name)
}
const to = ({ databaseUrl, warehouse }: Target) => ({ databaseUrl, warehouse })

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'zhiyin-move-'))
  await makeBank(place('bank'))
  original = await rowsOfWarehouse(place('bank'))
})
after(async () => {
  for (const target of targets) await target.drop()
  await rm(root, { recursive: true, force: true, maxRetries: 5 })
})

/** Of a home's warehouse against the bank as it was made; versions go on where a home is opened. */
async function lostOrGained(name: string): Promise<string[]> {
  const { notes: _, ...now } = await rowsOfWarehouse(place(name))
  const { notes: __, ...then } = original
  return differences(then, now)
}

const openMoved = async (target: Target, folder: string) => {
  process.env.ZHIYIN_KEY_FILE = keyOf(place('bank'))
  const opened = await openHome({ folder, kind: 'real', ...to(target), shared: true })
  delete process.env.ZHIYIN_KEY_FILE
  return opened
}

test('a home moves to a cluster and back and every row is what it was, and so are the answers', async () => {
  const target = await newTarget()
  const folder = await copyOfBank('there')
  const there = await moveToCluster({ folder, ...to(target), ...quiet, chunkRows: 2000 })
  assert.ok(there.ok, JSON.stringify(there))
  assert.deepEqual(differences(original, await rowsOfWarehouse(folder)), [], 'the source is as it was')
  const old = await openHome({ folder })
  assert.ok(!old.ok && old.reason === 'home_moved', 'nobody starts the old one by mistake')

  const onCluster = await openMoved(target, place('server'))
  assert.ok(onCluster.ok, JSON.stringify(onCluster))
  const embedded = await openHome({ folder: await copyOfBank('as it was') })
  assert.ok(embedded.ok)
  for (const [name, parameters] of Object.entries(askedCases)) {
    const { id } = questions.find((question) => name === question.id || name.startsWith(`${question.id}.`))!
    const ask = async ({ services }: OpenHome) => {
      const answer = await services.ask(id, parameters, scopeOfOperator())
      assert.ok(answer.ok, `${name}: ${JSON.stringify(answer)}`)
      return comparable(answer.value.rows)
    }
    const rows = await ask(embedded.value)
    assert.ok(rows.length > 0, `${name}: nothing is compared`)
    assert.deepEqual(await ask(onCluster.value), rows, name)
  }
  await embedded.value.close()

  const backup = await makeBackup(
    { ...onCluster.value.services, now: new Date(), warehouse: exporterOf(onCluster.value.services.warehouse) },
    'manual',
    place('backups'),
  )
  assert.ok(backup.ok)
  await onCluster.value.close()
  const restored = await restoreHome({
    from: backup.value.folder,
    folder: place('restored'),
    keyFile: keyOf(place('bank')),
  })
  assert.ok(restored.ok, JSON.stringify(restored))
  assert.deepEqual(await lostOrGained('restored'), [], 'a backup of a lake')

  const from = { ...to(target), keyFile: keyOf(place('bank')), ...quiet, chunkRows: 2000 }
  const back = await moveFromCluster({ folder: place('back'), ...from })
  assert.ok(back.ok, JSON.stringify(back))
  assert.deepEqual(await lostOrGained('back'), [])
  const gone = await openMoved(target, place('another server'))
  assert.ok(!gone.ok && gone.reason === 'home_moved')
  const home = await openHome({ folder: place('back') })
  assert.ok(home.ok, JSON.stringify(home))
  assert.equal((await home.value.services.upkeep.verifyAudit()).intact, true)
  await home.value.close()
})

test('a move that is killed goes on where it was, at whichever point, and is nobody’s home until it ends', async () => {
  const target = await newTarget()
  const folder = await copyOfBank('killed')
  for (const [point, part] of [
    ['store', 1],
    ['put', 3],
    ['warehouse', 9],
    ['checking', 4],
  ] as const) {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'testing/killedWhileMoving.ts')],
      {
        env: {
          ...process.env,
          KILLED_AT: point,
          KILLED_PART: String(part),
          KILLED_HOME: folder,
          KILLED_DATABASE: target.databaseUrl,
          KILLED_LAKE: target.warehouse.url,
          KILLED_FILES: target.warehouse.files,
        },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    )
    const [, signal] = await once(child, 'exit')
    assert.equal(signal, 'SIGKILL', `${point} ${part}`)
    const opened = await openMoved(target, place(`early ${point} ${part}`))
    assert.ok(!opened.ok && opened.reason === 'move_unfinished', JSON.stringify(opened))
  }
  const other = await copyOfBank('another source')
  const second = await moveToCluster({ folder: other, ...to(target), ...quiet, chunkRows: 1500 })
  assert.ok(!second.ok && second.reason === 'move_unfinished', JSON.stringify(second))
  const told: MoveProgress[] = []
  const moved = await moveToCluster({
    folder,
    ...to(target),
    ...quiet,
    chunkRows: 1500,
    progress: (at) => told.push(at),
  })
  assert.ok(moved.ok, JSON.stringify(moved))
  assert.equal(moved.value.copiedRows, 0, 'what was copied is not copied again')
  assert.ok(told.every(({ step }) => step === 'checking'))
  const back = await moveFromCluster({
    folder: place('after kills'),
    ...to(target),
    keyFile: keyOf(folder),
    ...quiet,
  })
  assert.ok(back.ok, JSON.stringify(back))
  assert.deepEqual(await lostOrGained('after kills'), [])
})

test('a storage without room, or a stop, ends a move cleanly; it goes on when there is room', async () => {
  const target = await newTarget()
  const folder = await copyOfBank('full')
  let room = 7
  const openStorage = async (url: string) => {
    const files = await openFiles(url)
    return {
      ...files,
      put: async (...given: Parameters<typeof files.put>) => {
        if (--room < 0) throw new FilesError('full', 'no room')
        return files.put(...given)
      },
    }
  }
  const options = { folder, ...to(target), ...quiet, chunkRows: 1000 }
  const full = await moveToCluster({ ...options, openStorage })
  assert.ok(!full.ok && full.reason === 'warehouse_full', JSON.stringify(full))
  const stages = await target.client.run("show tables like 'stage\\_%' escape '\\'")
  assert.deepEqual(stages.rows, [])
  const stop = new AbortController()
  let parts = 0
  const stopped = await moveToCluster({
    ...options,
    signal: stop.signal,
    progress: ({ step }) => {
      if (step === 'warehouse' && ++parts === 3) stop.abort(new Error('stopped'))
    },
  })
  assert.ok(!stopped.ok && stopped.reason === 'move_stopped', JSON.stringify(stopped))
  const moved = await moveToCluster(options)
  assert.ok(moved.ok, JSON.stringify(moved))
})

test('a copy that differs is not published, and the table is copied anew', async () => {
  const target = await newTarget()
  const folder = await copyOfBank('differs')
  const options = { folder, ...to(target), ...quiet }
  const third = 'wait_seconds = 0.30000000000000004e0'
  const holds = async () => {
    const counted = `select count(*) from interactions where ${third}`
    const { rows } = await target.client.run(counted).catch(() => ({ rows: [[0]] }))
    return Number(rows[0]![0]) > 0
  }
  let spoilt = false
  const openStorage = async (url: string) => {
    const files = await openFiles(url)
    return {
      ...files,
      put: async (...given: Parameters<typeof files.put>) => {
        // A difference in the last digit of one value, behind the move's back.
        if (!spoilt && (await holds())) {
          spoilt = true
          await target.client.run(`update interactions set wait_seconds = 3e-1 where ${third}`)
        }
        return files.put(...given)
      },
    }
  }
  const differs = await moveToCluster({ ...options, openStorage })
  assert.ok(!differs.ok && differs.reason === 'move_differs', JSON.stringify(differs))
  assert.equal(differs.detail?.table, 'warehouse.interactions')
  assert.equal(differs.detail?.sourceRows, differs.detail?.targetRows)
  const again = await moveToCluster(options)
  assert.ok(again.ok, JSON.stringify(again))
})

test('a schema or a database that holds something else is not moved into', async () => {
  const target = await newTarget()
  await target.client.run(`create schema ${target.client.address.schema}`)
  await target.client.run('create table somebodys (n integer)')
  const folder = await copyOfBank('refused')
  const refused = await moveToCluster({ folder, ...to(target), ...quiet })
  assert.ok(!refused.ok && refused.reason === 'warehouse_of_another_home', JSON.stringify(refused))
  const opened = await openHome({ folder })
  assert.ok(opened.ok, 'the source can be used on')
  await opened.value.close()
})
