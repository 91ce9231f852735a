// A bank at work, as a test sees it through the proxy: interactions, questions, everyday calls, imports, each written down.
import { randomBytes } from 'node:crypto'
import { administratorLink } from '../../src/access/link.ts'
import { errorCatalogue } from '../../src/contract/errors.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { storeOn } from '../../src/store/store.ts'
import { sleep } from './process.mjs'

const batchSize = 20
const cases = 300
const month = 'from=2025-01-01&to=2025-01-31'
/** Longer than the slowest good answer, so that nobody waits for ever for one that does not come. */
const patienceMs = 180_000
/** And for an import, with all that it has to be sent again: where nothing recovers it ends as one that failed. */
const importPatienceMs = 600_000

/** Opens an account and brings in what the questions are asked of. Answers what the load is made with. */
export async function openBank(state) {
  const run = randomBytes(3).toString('hex')
  const base = state.settings.proxyUrl
  const records = []
  const cookie = { value: '' }

  /** One call; never throws. What comes back is written down under its kind, unless it has none. */
  async function call(kind, method, path, body, { file, headers = {} } = {}) {
    const at = Date.now()
    const raw = file !== undefined
    let answer
    try {
      const response = await fetch(base + path, {
        method,
        signal: AbortSignal.timeout(patienceMs),
        headers: {
          cookie: cookie.value,
          'accept-language': 'en',
          ...(raw ? { 'content-type': 'application/octet-stream' } : {}),
          ...(!raw && body !== undefined ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(raw ? { body: file } : body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      answer = {
        status: response.status,
        value: parsed(text),
        retryAfter: response.headers.get('retry-after'),
        problem: response.headers.get('content-type')?.startsWith('application/problem+json') ?? false,
        cookie: response.headers.get('set-cookie'),
      }
    } catch (error) {
      answer = { status: 0, value: { code: String(error.cause?.code ?? error.name) }, problem: false }
    }
    const good = answer.status >= 200 && answer.status < 300
    const record = { kind, path, at, end: Date.now(), good, status: answer.status, wrong: undefined }
    if (!good)
      Object.assign(record, { code: answer.value?.code, retryAfter: answer.retryAfter, problem: answer.problem })
    if (kind) records.push(record)
    return { ...answer, good, record }
  }
  const must = async (method, path, body, options) => {
    const answer = await call(undefined, method, path, body, options)
    if (!answer.good) throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.value)}`)
    return answer
  }

  const login = `bank-${run}`
  const password = randomBytes(12).toString('base64url')
  const { unit, reader } = await join()

  /** One more administrator, as an operator makes him; his second role is given at once, whoever else there is. */
  async function join() {
    return inStore(async (store) => {
      const { token } = await administratorLink(store)
      const welcome = await must('POST', '/api/v1/one-time-links/accept', { token, login, password, name: 'Failures' })
      cookie.value = welcome.cookie.split(';')[0]
      const { value: me } = await must('GET', '/api/v1/me')
      await store.query(
        `insert into grants (id, user_id, role, unit_id) select $1, $2, 'CXM', $3
         where not exists (select 1 from grants where user_id = $2 and role = 'CXM')`,
        [`grt_${run}`, me.id, me.places[0].id],
      )
      return { unit: me.places[0].id, reader: me.id }
    })
  }

  async function inStore(work) {
    const store = storeOn(await openPostgres(state.settings.databaseUrl))
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  }

  const seeded = [
    await importFile('events.csv', eventLog(), {
      kind: 'events',
      source: `failures-${run}`,
      process: `failures_${run}`,
      columns: { case_key: 'case', activity: 'activity', start_at: 'at' },
    }),
    await importFile('visits.csv', visits(run, 'visit', 2_000), ofInteractions(`failures-${run}`)),
  ]
  for (const { failure } of seeded) if (failure) throw new Error(`the first import failed: ${failure}`)

  const plan = {
    title: `Failures ${run}`,
    unitId: unit,
    dueOn: '2027-12-31',
    measure: { metric: 'csat', touchpointId: null, unitIds: [unit] },
    design: 'its',
    expectedEffect: 0.1,
    startOn: '2027-01-01',
    analysisOn: '2027-12-31',
  }
  const { value: action } = await must('POST', '/api/v1/actions', plan)
  const { value: due } = await must('POST', '/api/v1/actions', { ...plan, title: `Due ${run}`, ownerUserId: reader })
  // Nobody can begin one in the past: its day comes today, and its facts are never there.
  await inStore((store) =>
    store.query(
      `update actions set state = 'running', start_on = current_date - 90, started_on = current_date - 90,
         analysis_on = current_date where id = $1`,
      [due.id],
    ),
  )

  /** Sends a file and loads it, until it is loaded; what each attempt that failed was told. */
  async function importFile(fileName, text, mapping, kind) {
    const file = Buffer.from(text)
    const failures = []
    const deadline = Date.now() + importPatienceMs
    const again = async (code) => {
      failures.push(code)
      await sleep(1_000)
    }
    for (let upload; failures.length < 100 && Date.now() < deadline; ) {
      if (!upload) {
        const sent = await call(kind, 'POST', `/api/v1/uploads?fileName=${fileName}`, undefined, { file })
        if (!sent.good) {
          await again(sent.value?.code)
          continue
        }
        upload = sent.value.id
      }
      const begun = await call(kind, 'POST', `/api/v1/uploads/${upload}/load`, { mapping, strict: true })
      if (!begun.good) {
        await again(begun.value?.code)
        // Its answer may have been lost, not it: loading the same rows again finds that they are the same.
        if (begun.status === 404) upload = undefined
        continue
      }
      let load = begun.value
      while (load.state === 'running' && Date.now() < deadline) {
        await sleep(500)
        const looked = await call(kind, 'GET', `/api/v1/loads/${load.id}`)
        if (looked.good) load = looked.value
      }
      if (load.state === 'done') return { failures, ended: Date.now() }
      await again(load.state === 'running' ? 'still running' : load.failure)
    }
    return { failures, failure: failures.at(-1), ended: Date.now() }
  }

  const bank = {
    run,
    records,
    /** Batches by their key: acknowledged, and how often they had to be sent. */
    batches: new Map(),
    call,
    must,
    source: `failures-${run}`,
    importInteractions: (n) =>
      importFile(`import-${n}.csv`, visits(run, `file${n}`, 500), ofInteractions(`failures-${run}-file`), 'import'),
    rowsOfImport: 500,
  }
  bank.expected = await expectedOf(bank)
  return Object.assign(bank, loadOf(bank, { login, password, actionId: action.id, dueId: due.id }))
}

const parsed = (text) => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const ofInteractions = (source) => ({
  kind: 'interactions',
  source,
  timeZone: 'Asia/Shanghai',
  columns: { source_id: 'id', start_at: 'at', channel: 'channel', outcome: 'outcome' },
})

const day = (n) => `2025-01-${String((n % 28) + 1).padStart(2, '0')}`

function visits(run, name, rows) {
  const lines = Array.from({ length: rows }, (_, i) =>
    [
      `${run}-${name}-${i}`,
      `${name === 'visit' ? day(i) : '2025-05-05'} 10:00:00`,
      'app',
      i % 9 ? 'success' : 'failure',
    ].join(','),
  )
  return ['id,at,channel,outcome', ...lines].join('\n')
}

const paths = [
  ['apply', 'check', 'decide', 'pay'],
  ['apply', 'check', 'check', 'decide', 'refuse'],
  ['apply', 'decide', 'refuse'],
  ['apply', 'withdraw'],
]
const pathOf = (c) => paths[Math.min(c % 5, paths.length - 1)]

function eventLog() {
  const lines = ['case,activity,at']
  for (let c = 0; c < cases; c++)
    pathOf(c).forEach((activity, i) => {
      lines.push(`C${c},${activity},2025-01-${String(6 + i).padStart(2, '0')} 09:${String(c % 60).padStart(2, '0')}:00`)
    })
  return lines.join('\n')
}

/** Counted here, so that the program is not its own witness; the overview is what a quiet cluster says. */
async function expectedOf(bank) {
  const edges = {}
  const variants = {}
  for (let c = 0; c < cases; c++) {
    const path = pathOf(c)
    variants[path.join('>')] = (variants[path.join('>')] ?? 0) + 1
    for (let i = 1; i < path.length; i++) {
      const edge = `${path[i - 1]}>${path[i]}`
      edges[edge] = (edges[edge] ?? 0) + 1
    }
  }
  const overview = ofOverview((await bank.must('GET', `/api/v1/overview?${month}`)).value)
  return { edges: sorted(edges), variants: sorted(variants), overview }
}

const sorted = (counts) => JSON.stringify(Object.entries(counts).sort())
const ofOverview = ({ headlines, channels, heatMap }) =>
  JSON.stringify({ headlines, channels, overall: heatMap.overall })

function workOn({ actions, due, overdue }, id) {
  const found = [...actions, ...due, ...overdue].find((action) => action.id === id)
  return found && (found.factsMissing || found.factsUnknown) ? `${id} waits` : JSON.stringify(found ?? null)
}

function loadOf(bank, { login, password, actionId, dueId }) {
  const { run, call, records, batches, expected } = bank
  let going = true
  const callers = []
  const often = (everyMs, work) => {
    callers.push(
      (async () => {
        for (let n = 0; going; n++) {
          const began = Date.now()
          await work(n)
          await sleep(Math.max(50, everyMs - (Date.now() - began)))
        }
      })(),
    )
  }
  const compared = (answer, found, wanted) => {
    if (answer.good && found !== wanted) answer.record.wrong = `${found} instead of ${wanted}`
  }

  async function push(key) {
    const batch = {
      key,
      ids: Array.from({ length: batchSize }, (_, i) => `${run}-${key}-${i}`),
      sent: 0,
      acknowledged: false,
    }
    batches.set(key, batch)
    const body = batch.ids
      .map((id) => JSON.stringify({ id, start_at: '2025-03-03T10:00:00+08:00', channel: 'app', outcome: 'success' }))
      .join('\n')
    // To the end, also when the load is over: what was refused is repeated with its key until it is taken.
    for (; batch.sent < 400 && !batch.acknowledged; await sleep(batch.acknowledged ? 0 : 500)) {
      batch.sent++
      const answer = await call('interactions', 'POST', `/api/v1/interactions?source=${bank.source}`, undefined, {
        file: body,
        headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': `${run}-${key}` },
      })
      batch.acknowledged = answer.good
    }
  }

  return {
    start() {
      for (const caller of [1, 2]) often(1_500, (n) => push(`${caller}-${n}`))
      often(4_000, async () => {
        const answer = await call('overview', 'GET', `/api/v1/overview?${month}`)
        if (answer.good) compared(answer, ofOverview(answer.value), expected.overview)
      })
      often(3_000, async () => {
        const answer = await call('edges', 'POST', '/api/v1/ask/processes.edges', { process: `failures_${run}` })
        if (answer.good)
          compared(
            answer,
            sorted(Object.fromEntries(answer.value.rows.map((row) => [`${row.from}>${row.to}`, row.n]))),
            expected.edges,
          )
      })
      // Another limit each time: this one is never answered from what was kept.
      often(3_000, async (n) => {
        const asked = { process: `failures_${run}`, limit: 10 + (n % 900) }
        const answer = await call('variants', 'POST', '/api/v1/ask/processes.variants', asked)
        if (answer.good)
          compared(
            answer,
            sorted(Object.fromEntries(answer.value.rows.map((row) => [row.activities.join('>'), row.cases]))),
            expected.variants,
          )
      })
      often(4_000, () => call('sign-in', 'POST', '/api/v1/sign-in', { login, password }))
      often(2_000, () => call('frame', 'GET', '/api/v1/me'))
      // What it waits for is in the warehouse: while that is away it is there all the same.
      often(2_000, async () => {
        const answer = await call('work', 'GET', '/api/v1/my-work')
        if (answer.good) compared(answer, workOn(answer.value, dueId), `${dueId} waits`)
      })
      often(1_000, () => call('list', 'GET', '/api/v1/findings'))
      let revision
      often(1_500, async (n) => {
        if (revision === undefined) {
          const read = await call('action', 'GET', `/api/v1/actions/${actionId}`)
          revision = read.good ? read.value.action.revision : undefined
          return
        }
        const changed = await call('action', 'PATCH', `/api/v1/actions/${actionId}`, {
          revision,
          description: `edit ${n}`,
        })
        // After an answer that was lost the edit may have been kept: whoever edits looks again.
        revision = changed.good ? changed.value.revision : undefined
      })
    },
    async stop() {
      going = false
      await Promise.all(callers)
    },
    /** Whether each kind has had a good answer to a call that was made since. */
    goodSince: (since) =>
      kinds.every((kind) => {
        const last = records.findLast((record) => record.kind === kind && record.at >= since)
        return last?.good === true
      }),
  }
}

export const kinds = ['interactions', 'overview', 'edges', 'variants', 'sign-in', 'frame', 'work', 'list', 'action']
export const everyday = ['interactions', 'sign-in', 'frame', 'work', 'list', 'action']

export const isCatalogued = (code) => Object.hasOwn(errorCatalogue, code)

/** What a reader saw between two moments, per kind: how many errors of which code, how long until a good answer. */
export function seen(records, from, to) {
  return Object.fromEntries(
    [...kinds, 'import'].map((kind) => {
      const mine = records.filter((record) => record.kind === kind && record.end >= from && record.at <= to)
      const errors = mine.filter((record) => !record.good)
      const codes = {}
      for (const { code } of errors) codes[code] = (codes[code] ?? 0) + 1
      const [first, last] = [errors[0], errors.at(-1)]
      const mended = last && records.find((record) => record.kind === kind && record.good && record.at >= last.at)
      return [
        kind,
        {
          calls: mine.length,
          codes,
          awayMs: first && mended ? mended.end - first.at : 0,
          longestMs: Math.max(0, ...mine.map((record) => record.end - record.at)),
        },
      ]
    }),
  )
}
