import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { problemSchema } from '#contract/problem.ts'
import { createTestDatabase } from '#store/testing.ts'

const zhiyin = join(import.meta.dirname, '../../bin/zhiyin')

interface Ended {
  code: number | null
  out: string
  err: string
}

interface Said {
  id: number
  state: string
  failure: string | null
  process: string | null
  source: string
  rows: Record<'new' | 'same' | 'corrected' | 'rejected', number>
  errors?: { row: number; column: string; reason: string }[]
  ambiguities?: { code: string }[]
}

describe('the command line on one home', () => {
  let folder: string
  let home: string
  let environment: NodeJS.ProcessEnv
  let database: { url: string; drop(): Promise<void> } | undefined
  const children = new Set<ChildProcess>()

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zhiyin-cli-'))
    home = join(folder, 'bank')
    const server = process.env.ZHIYIN_TEST_DATABASE_URL
    if (server) database = await createTestDatabase(server)
    environment = { ...process.env, XDG_RUNTIME_DIR: folder, ZHIYIN_LANG: 'en', ZHIYIN_HOME: '', DATABASE_URL: '' }
    delete environment.ZHIYIN_HOME
    delete environment.DATABASE_URL
    delete environment.NODE_TEST_CONTEXT
    if (database) environment.DATABASE_URL = database.url
    await chmod(folder, 0o700)
  })
  after(async () => {
    for (const child of children) child.kill('SIGKILL')
    await database?.drop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const start = (words: string[], extra: NodeJS.ProcessEnv = {}) => {
    const child = spawn(zhiyin, words, { env: { ...environment, ...extra }, cwd: folder })
    children.add(child)
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    const ended = new Promise<Ended>((resolve) =>
      child.once('close', (code) => {
        children.delete(child)
        resolve({ code, out, err })
      }),
    )
    return {
      child,
      ended,
      line: () =>
        firstLine(
          child,
          () => out,
          () => err,
        ),
    }
  }
  const zy = (...words: string[]) => start(words).ended

  /** Starts a server on a free port and answers what it printed. */
  const serve = async (...more: string[]) => {
    const server = start(['serve', '--home', home, '--port', '0', '--json', ...more])
    const said = JSON.parse(await server.line()) as { address: string; administratorLink?: string; kind: string }
    const stop = () => {
      server.child.kill('SIGTERM')
      return server.ended
    }
    return { ...server, ...said, stop }
  }

  test('explains itself, and refuses what it does not understand with 2', async () => {
    const help = await zy('--help')
    assert.equal(help.code, 0)
    for (const name of ['serve', 'demo', 'import', 'ask', 'questions', 'backup', 'restore', 'verify-audit'])
      assert.match(help.out, new RegExp(`^  ${name} `, 'm'))
    assert.equal((await zy('ask', '--help')).code, 0)
    for (const words of [['frobnicate'], ['ask'], ['ask', 'x', '{'], ['ask', 'x', '--nonsense'], ['serve']])
      assert.equal((await zy(...words)).code, 2, words.join(' '))
    assert.match((await start(['--help'], { ZHIYIN_LANG: 'zh_CN.UTF-8' }).ended).out, /倾听客户/)
  })

  test('speaks to a program as the server does: a problem on standard error, whatever is wrong', async () => {
    const problem = async (code: number, ...words: string[]) => {
      const ended = await zy(...words, '--json')
      assert.equal(ended.code, code, words.join(' '))
      assert.equal(ended.out, '')
      return problemSchema.parse(JSON.parse(ended.err))
    }
    for (const words of [['frobnicate'], ['ask'], ['ask', 'x', '{'], ['ask', 'x', '--nonsense'], ['serve']])
      assert.equal((await problem(2, ...words)).code, 'command_not_understood', words.join(' '))
    assert.match((await problem(2, 'import', join(folder, 'nothing.csv'))).detail, /nothing\.csv/)
    const missing = await problem(1, 'questions', '--home', join(folder, 'nowhere'))
    assert.deepEqual([missing.code, missing.status], ['home_missing', 404])
    // A fault: the home would have to be a folder inside a file.
    await writeFile(join(folder, 'file'), '')
    const fault = await problem(1, 'serve', '--port', '0', '--home', join(folder, 'file', 'home'))
    assert.deepEqual([fault.code, fault.status], ['internal', 500])
  })

  test('says when there is no home and no server', async () => {
    const missing = await zy('questions', '--home', join(folder, 'nowhere'))
    assert.equal(missing.code, 1)
    assert.match(missing.err, /home_missing/)
    const unreachable = await start(['questions'], { ZHIYIN_URL: 'http://127.0.0.1:1' }).ended
    assert.equal(unreachable.code, 1)
    assert.match(unreachable.err, /server_unreachable/)
  })

  test('serves a new real home, asks through its server, and refuses a second process', async () => {
    const server = await serve()
    assert.equal(server.kind, 'real')
    assert.match(server.administratorLink ?? '', /^http:\/\/localhost:\d+\/welcome#zyl_/)
    assert.equal((await stat(join(home, 'zhiyin.token'))).mode & 0o777, 0o600)

    const byHome = await zy('ask', 'experience.newest', '--home', home, '--json')
    assert.equal(byHome.code, 0, byHome.err)
    assert.deepEqual(Object.keys(JSON.parse(byHome.out)), [
      'question',
      'parameters',
      'columns',
      'rows',
      'definition',
      'asOf',
    ])
    const byAddress = await start(['questions', '--json'], { ZHIYIN_URL: server.address }).ended
    assert.equal(byAddress.code, 0, byAddress.err)
    assert.ok((JSON.parse(byAddress.out) as { id: string }[]).some(({ id }) => id === 'experience.newest'))

    const refused = await zy('ask', 'no.such', '--home', home, '--json')
    assert.equal(refused.code, 1)
    assert.equal(JSON.parse(refused.err).code, 'question_unknown')
    const second = await zy('serve', '--home', home, '--port', '0')
    assert.equal(second.code, 1)
    assert.match(second.err, /Another process has this home open/)

    assert.equal((await server.stop()).code, 0)
    await assert.rejects(readFile(join(home, 'zhiyin.token')), { code: 'ENOENT' })
  })

  test('prints a link for one more administrator when it is asked for, and only then', async () => {
    const first = await serve()
    const made = await accept(first.address, first.administratorLink!, 'first')
    assert.equal(made, 200)
    await first.stop()
    const plain = await serve()
    assert.equal(plain.administratorLink, undefined)
    await plain.stop()
    const asked = await serve('--admin-link')
    assert.equal(await accept(asked.address, asked.administratorLink!, 'second'), 200)
    assert.equal(await accept(asked.address, asked.administratorLink!, 'third'), 410)
    await asked.stop()
  })

  test('imports a file where its meaning is beyond doubt or said, and says by its exit what became of it', async () => {
    const server = await serve()
    const file = async (name: string, ...lines: string[]) => {
      const path = join(folder, name)
      await writeFile(path, `${lines.join('\n')}\n`)
      return path
    }
    const imported = async (...words: string[]) => {
      const ended = await zy('import', ...words, '--home', home, '--json')
      return { ...ended, said: ended.out ? (JSON.parse(ended.out) as Said) : undefined }
    }
    try {
      // Beyond doubt.
      const paid = await file('paid.csv', '交易流水号,交易时间,金额,交易类型', 'T1,2026-01-05 10:00:00,"1,200.50",转账')
      const plain = await zy('import', paid, '--home', home)
      assert.equal(plain.code, 0, plain.err)
      assert.match(plain.err, /1 rows read, 1 new/)
      const again = await imported(paid)
      assert.deepEqual([again.code, again.said?.rows.new, again.said?.rows.same], [0, 0, 1])

      // Ambiguous: nothing is loaded, and what is open is said.
      const log = ['event_id,case_id,activity,timestamp', 'E1,c1,A,2026-01-05 10:00:00', 'E2,c1,B,2026-01-05 11:00:00']
      const first = await file('loan-2026-01.csv', ...log)
      const open = await imported(first)
      assert.equal(open.code, 2)
      assert.deepEqual(
        open.said?.ambiguities?.map(({ code }) => code),
        ['process'],
      )
      const nothing = await imported(await file('x.csv', 'a,b', 'x,y'))
      assert.ok(nothing.code === 2 && nothing.said?.ambiguities?.some(({ code }) => code === 'kind'))
      const comma = await imported(
        await file('comma.csv', 'id;time;amount', '1;2026-01-05 10:00;0,99'),
        '--as',
        'transactions',
      )
      assert.deepEqual([comma.code, comma.said?.ambiguities?.map(({ code }) => code)], [2, ['decimal:amount']])

      // The extract of the next month, under another name, overlaps: its process is where its ids are unique.
      const january = await imported(first, '--process', '贷款审批')
      assert.deepEqual(
        [january.code, january.said?.process, january.said?.source],
        [0, '贷款审批', '贷款审批'],
        january.err,
      )
      const second = await file('loan-2026-02.csv', log[0]!, log[2]!, 'E3,c1,C,2026-01-06 10:00:00')
      const february = await imported(second, '--process', '贷款审批')
      assert.deepEqual([february.said?.rows.new, february.said?.rows.same], [1, 1])

      // Two systems that number by themselves.
      const queue = (wait: number) => ['票号,取号时间,等候秒数', `1,2026-01-05 09:00:00,${wait}`]
      const one = await imported(await file('calls.csv', ...queue(60)), '--as', 'tickets', '--source', 'calls')
      const two = await imported(await file('branch.csv', ...queue(600)), '--as', 'tickets', '--source', 'branch')
      assert.deepEqual([one.said?.rows.new, two.said?.rows.new, two.said?.rows.corrected], [1, 1, 0])

      // A mapping file, a bad row, all or nothing.
      const map = await file(
        'map.json',
        '{"kind":"transactions","source":"core","columns":{"source_id":"no","start_at":"day","amount":"sum"}}',
      )
      const mixed = await file('mixed.csv', 'no,day,sum', '1,2026-01-05,5', '2,2026-01-05,"1,5"')
      const strict = await imported(mixed, '--map', map, '--strict')
      assert.deepEqual([strict.code, strict.said?.state, strict.said?.failure], [1, 'failed', 'load_rows_rejected'])
      const lenient = await imported(mixed, '--map', map)
      assert.deepEqual([lenient.code, lenient.said?.rows.new, lenient.said?.rows.rejected], [0, 1, 1])
      assert.deepEqual(
        lenient.said?.errors?.map(({ row, column, reason }) => [row, column, reason]),
        [[3, 'sum', 'not_a_number']],
      )
      const { secret } = JSON.parse(await readFile(join(home, 'zhiyin.token'), 'utf8')) as { secret: string }
      const report = await fetch(`${server.address}/api/v1/loads/${lenient.said?.id}/errors.csv`, {
        headers: { authorization: `Bearer ${secret}`, 'accept-language': 'en' },
      })
      assert.equal(await report.text(), '"row","column","reason","excerpt"\r\n3,"sum","Not a number","1,5"\r\n')

      // What cannot be done.
      assert.equal((await zy('import', join(folder, 'absent.csv'), '--home', home)).code, 2)
      assert.equal((await zy('import', mixed, '--map', join(folder, 'absent.json'), '--home', home)).code, 2)
      assert.equal((await zy('import', mixed, '--as', 'nonsense', '--home', home)).code, 2)
      const wrong = await file(
        'wrong.json',
        '{"kind":"transactions","source":"core","columns":{"start_at":"when","amount":"sum"}}',
      )
      assert.equal((await zy('import', mixed, '--map', wrong, '--home', home)).code, 1)
    } finally {
      await server.stop()
    }
  })

  test('works offline when nothing serves the home, and again after a kill', async () => {
    const offline = await zy('ask', 'experience.newest', '--home', home, '--json')
    assert.equal(offline.code, 0, offline.err)
    const server = await serve()
    server.child.kill('SIGKILL')
    await server.ended
    const after = await zy('questions', '--home', home)
    assert.equal(after.code, 0, after.err)
  })

  test('backs up, verifies the audit, and restores into another home with the key', async () => {
    const made = await zy('backup', '--home', home, '--json')
    assert.equal(made.code, 0, made.err)
    const backup = JSON.parse(made.out) as { folder: string }
    const elsewhere = join(folder, 'restored')
    assert.match((await zy('restore', backup.folder, '--home', elsewhere)).err, /key_wrong/)
    const key = ['--key', join(home, 'keys', 'field.key')]
    assert.match((await zy('restore', backup.folder, '--home', home, ...key)).err, /home_not_empty/)
    // On PostgreSQL the restored home needs a database of its own.
    const server = process.env.ZHIYIN_TEST_DATABASE_URL
    const other = server ? await createTestDatabase(server) : undefined
    const own = other ? { DATABASE_URL: other.url } : {}
    try {
      const restored = await start(['restore', backup.folder, '--home', elsewhere, ...key], own).ended
      assert.equal(restored.code, 0, restored.err)
      const verified = await start(['verify-audit', '--home', elsewhere, '--json'], own).ended
      assert.equal(verified.code, 0, verified.err)
      assert.ok((JSON.parse(verified.out) as { verified: number }).verified > 0)
    } finally {
      await other?.drop()
    }
  })

  test('refuses a plant file that cannot come true with 2, and leaves no home behind', async () => {
    const file = join(folder, 'plants.json')
    const demo = join(folder, 'refused')
    await writeFile(file, JSON.stringify({ plants: [{ kind: 'unmeasured', touchpoint: 'tp_nowhere' }] }))
    const refused = await zy('demo', '--home', demo, '--customers', '300', '--plant', file)
    assert.equal(refused.code, 2)
    assert.match(refused.err, /plants\[0\]\.touchpoint: there is no touchpoint tp_nowhere/)
    await assert.rejects(stat(demo), { code: 'ENOENT' })
  })

  test('never takes a demo home for a real one, nor a foreign folder for its own', async () => {
    const refused = await zy('demo', '--home', home)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /home_exists/)
    const foreign = join(folder, 'foreign')
    await mkdir(join(foreign, 'store'), { recursive: true })
    await writeFile(join(foreign, 'store', 'mine.txt'), 'keep')
    for (const name of ['zhiyin.json', 'zhiyin.token', 'audit.anchor']) {
      const other = join(folder, `with-${name}`)
      await mkdir(other)
      await writeFile(join(other, name), 'a file of another program')
      const taken = await zy('serve', '--home', other, '--port', '0')
      assert.equal(taken.code, 1)
      assert.match(taken.err, /folder_occupied/)
      assert.equal(await readFile(join(other, name), 'utf8'), 'a file of another program')
    }
    const occupied = await zy('serve', '--home', foreign, '--port', '0')
    assert.equal(occupied.code, 1)
    assert.match(occupied.err, /folder_occupied/)
    assert.equal(await readFile(join(foreign, 'store', 'mine.txt'), 'utf8'), 'keep')
  })
})

/** Sets an administrator up with a link as the page would. */
async function accept(address: string, link: string, login: string): Promise<number> {
  const token = link.slice(link.indexOf('#') + 1)
  const response = await fetch(`${address}/api/v1/one-time-links/accept`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, password: 'a long enough phrase', login, name: '管理员' }),
  })
  return response.status
}

function firstLine(child: ChildProcess, out: () => string, err: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const end = out().indexOf('\n')
      if (end >= 0) resolve(out().slice(0, end))
    }
    child.stdout?.on('data', look)
    child.once('close', () => reject(new Error(`ended without a word: ${err()}`)))
    look()
  })
}
