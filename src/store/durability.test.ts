import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from './testing.ts'

interface Round {
  takenOver: boolean
  /** Undefined where it was killed before it had looked. */
  found: string[] | undefined
  torn: number
  promised: string[]
}

/** Runs a writer and kills it: `afterPromise` counts from its first promise, else from its start. */
function writeAndKill(folder: string, url: string | undefined, ms: number, afterPromise: boolean): Promise<Round> {
  const program = fileURLToPath(new URL('./durability.child.ts', import.meta.url))
  const child = spawn(process.execPath, [program, folder, ...(url ? [url] : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ZHIYIN_LOG: 'silent' },
  })
  const round: Round = { takenOver: false, found: undefined, torn: 0, promised: [] }
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  const kill = () => setTimeout(() => child.kill('SIGKILL'), ms)
  if (!afterPromise) kill()
  return new Promise((resolve, reject) => {
    const lines = createInterface(child.stdout)
    lines.on('line', (line) => {
      // The last line may be cut by the kill: a promise half spoken was not made.
      if (!line.endsWith('}')) return
      const { promised, ...start } = JSON.parse(line) as { promised?: string } & Partial<Round>
      if (promised === undefined) Object.assign(round, start)
      else if (round.promised.push(promised) === 1 && afterPromise) kill()
    })
    let ended = 0
    const end = (signal: NodeJS.Signals | null) => {
      if (++ended < 2) return
      if (child.signalCode === 'SIGKILL') resolve(round)
      else reject(new Error(`the writer ended by itself (${child.exitCode ?? signal}): ${complaint}`))
    }
    child.on('exit', (_code, signal) => end(signal))
    lines.on('close', () => end(null))
  })
}

async function keepsItsPromises(url: string | undefined, rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-kill-'))
  const promised = new Set<string>()
  let tookOver = 0
  try {
    // Every third writer is killed while it starts, the others while they write; the last round looks at it all.
    for (let i = 0; i <= rounds; i++) {
      const atStart = i % 3 === 0 && i < rounds
      const ms = atStart ? 100 + Math.random() * 1200 : Math.random() * 400
      const round = await writeAndKill(folder, url, ms, !atStart)
      if (round.found) {
        const found = new Set(round.found)
        const lost = [...promised].filter((id) => !found.has(id))
        assert.deepEqual(lost, [], `round ${i} lost acknowledged writes`)
        assert.equal(round.torn, 0, `round ${i} found half a transaction`)
      }
      if (round.takenOver) tookOver++
      for (const id of round.promised) promised.add(id)
    }
    assert.ok(promised.size >= rounds / 2, `too few promises to judge: ${promised.size}`)
    assert.ok(tookOver > 0, 'no dead lock was ever taken over')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('kill -9 at any moment loses no acknowledged write on the embedded store', () => keepsItsPromises(undefined, 8))

const server = process.env.ZHIYIN_TEST_DATABASE_URL
test('kill -9 at any moment loses no acknowledged write on PostgreSQL', {
  skip: !server && 'no PostgreSQL',
}, async () => {
  const database = await createTestDatabase(server!)
  try {
    await keepsItsPromises(database.url, 8)
  } finally {
    await database.drop()
  }
})
