import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import type { AsOf } from '#contract/asOf.ts'
import { noteAnswer, oldestShown, renewFigures } from './figures.ts'

const at = (minute: number) => `2026-03-10T10:${String(minute).padStart(2, '0')}:00.000Z`
/** What the servers answer at the moment. */
let server: AsOf
let refused = false
let queries: QueryClient
let asked: Record<string, number>
const ends: (() => void)[] = []

interface Reading {
  facts?: boolean
  renewed?: boolean
  tookMs?: number
}

/** Shows a read, as a page does. */
function show(name: string, { facts = true, renewed = true, tookMs = 0 }: Reading = {}) {
  const observer = new QueryObserver(queries, {
    queryKey: [name],
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ client, queryKey }) => {
      asked[name] = (asked[name] ?? 0) + 1
      const ok = { ok: true as const, value: name, ...(facts ? { asOf: server } : {}) }
      const answered = refused ? { ok: false as const, reason: 'warehouse_away' as const } : ok
      noteAnswer(client, queryKey, answered, { renewed, tookMs })
      if (!answered.ok) throw new Error(answered.reason)
      return `${name} ${server.version}`
    },
  })
  const end = observer.subscribe(() => undefined)
  ends.push(end)
  return { observer, end }
}
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse(at(0)) })
  queries = new QueryClient()
  asked = {}
  refused = false
  server = { version: 1, changedAt: at(0) }
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
  queries.clear()
  mock.timers.reset()
})

describe('the figures of an open page', () => {
  test('are read again when there is a newer version, and stand until the new ones are there', async () => {
    const { observer } = show('chart')
    await settle()
    await renewFigures(queries, 1)
    assert.equal(asked.chart, 1, 'nothing is newer')
    server = { version: 2, changedAt: at(5) }
    const renewing = renewFigures(queries, 2)
    const { data, isFetching, isPlaceholderData } = observer.getCurrentResult()
    assert.deepEqual([data, isFetching, isPlaceholderData], ['chart 1', true, false])
    await renewing
    assert.equal(observer.getCurrentResult().data, 'chart 2')
    await renewFigures(queries, 2)
    assert.equal(asked.chart, 2)
  })

  test('from before a bank was set back to a backup are read again as well', async () => {
    show('chart')
    await settle()
    await renewFigures(queries, 0)
    assert.equal(asked.chart, 2)
  })

  test('nothing else is read again: not what rests on no facts, nor what asks to be left alone', async () => {
    show('people', { facts: false })
    show('audited', { renewed: false })
    await settle()
    await renewFigures(queries, 2)
    assert.deepEqual(asked, { people: 1, audited: 1 })
  })

  test('that nobody looks at any more are read when somebody does', async () => {
    const { end } = show('chart')
    await settle()
    end()
    server = { version: 2, changedAt: at(5) }
    await renewFigures(queries, 2)
    assert.equal(asked.chart, 1)
    const { observer } = show('chart')
    await settle()
    assert.equal(observer.getCurrentResult().data, 'chart 2')
  })

  test('that take long are read again the more seldom', async () => {
    show('map', { tookMs: 30_000 })
    await settle()
    mock.timers.tick(299_000)
    await renewFigures(queries, 2)
    assert.equal(asked.map, 1)
    mock.timers.tick(1_000)
    await renewFigures(queries, 2)
    assert.equal(asked.map, 2)
  })

  test('that cannot be renewed stay what and as of when they were, and are tried again', async () => {
    const { observer } = show('chart')
    await settle()
    refused = true
    await renewFigures(queries, 2)
    assert.deepEqual([observer.getCurrentResult().data, oldestShown(queries)], ['chart 1', at(0)])
    refused = false
    server = { version: 2, changedAt: at(5) }
    await renewFigures(queries, 2)
    assert.deepEqual([observer.getCurrentResult().data, oldestShown(queries)], ['chart 2', at(5)])
  })
})

describe('a page says as of when its figures are', () => {
  test('by the oldest that it shows', async () => {
    assert.equal(oldestShown(queries), undefined)
    show('people', { facts: false })
    await settle()
    assert.equal(oldestShown(queries), undefined)
    const old = show('chart')
    await settle()
    server = { version: 2, changedAt: at(5) }
    show('table')
    await settle()
    assert.equal(oldestShown(queries), at(0))
    old.end()
    assert.equal(oldestShown(queries), at(5))
  })

  test('and that there were none yet, where one of them is from before the first', async () => {
    show('chart')
    await settle()
    server = { version: 0, changedAt: null }
    show('empty')
    await settle()
    assert.equal(oldestShown(queries), null)
  })
})
