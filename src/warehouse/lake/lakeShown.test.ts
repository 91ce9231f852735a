import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shownOf } from './lakeShown.ts'
import type { LakeState } from './lakeState.ts'

const at = (version: number) => `2026-03-10T10:00:${String(version).padStart(2, '0')}.000Z`
const published = (version: number, { now = 0, snapshot = String(version) } = {}): LakeState => ({
  snapshots: new Map([['daily', snapshot]]),
  meta: new Map([
    ['data_version', String(version)],
    ['changed_at', at(version)],
    ...(now ? [['published_version', String(now)] as const] : []),
  ]),
})

/** A server beside others that publish: it knows what they did only once it looks. */
function server(first: LakeState) {
  const lake = { state: first, clock: 1_000_000, away: false, looks: 0 }
  const read = async () => {
    lake.looks++
    if (lake.away) throw new Error('away')
    return lake.state
  }
  return { lake, shown: shownOf(read, first, () => lake.clock) }
}

describe('what a server shows of a lake', () => {
  test('advances at once where somebody waits for it, else within ten seconds', async () => {
    const { lake, shown } = server(published(1))
    lake.state = published(2)
    await shown.look()
    assert.equal(shown.versions().data, 2, 'after a quiet while at once')
    lake.state = published(3)
    await shown.look()
    assert.equal(shown.versions().data, 2)
    assert.equal(shown.state(), lake.state, 'what is read may be newer than its version says')
    lake.state = published(4, { now: 4 })
    await shown.look()
    assert.deepEqual([shown.versions().data, shown.versions().changedAt], [4, at(4)])
    lake.state = published(5)
    lake.clock += 9_999
    await shown.look()
    assert.equal(shown.versions().data, 4)
    lake.clock += 1
    await shown.look()
    assert.equal(shown.versions().data, 5)
  })

  test('does not go back when a slow look comes after a newer one', async () => {
    const { lake, shown } = server(published(1))
    lake.state = published(7)
    const slow = Promise.withResolvers<LakeState>()
    const late = shownOf(
      () => slow.promise,
      published(7),
      () => lake.clock,
    )
    const looking = late.look()
    slow.resolve(published(6))
    await looking
    assert.equal(late.state().meta.get('data_version'), '7')
    await shown.look()
    assert.equal(shown.versions().data, 7)
  })

  test('upkeep is seen, and shown as what it is: the same rows', async () => {
    const { lake, shown } = server(published(3))
    lake.state = published(3, { snapshot: 'compacted' })
    await shown.look()
    assert.equal(shown.state().snapshots.get('daily'), 'compacted')
    assert.deepEqual([shown.versions().data, shown.versions().changedAt], [3, at(3)])
  })

  test('a reader who saw more through another server is not answered from before it', async () => {
    const { lake, shown } = server(published(1))
    lake.state = published(2, { now: 2 })
    assert.equal(shown.versions().data, 1)
    await shown.catchUp(2)
    assert.deepEqual([shown.versions().data, shown.versions().changedAt], [2, at(2)])
    await shown.catchUp(2)
    assert.equal(lake.looks, 1, 'who knows enough does not look')
  })

  test('while interactions stream in a server is driven to what was asked for and no further', async () => {
    const { lake, shown } = server(published(1))
    lake.state = published(2)
    await shown.look()
    lake.state = published(6)
    await shown.look()
    await shown.catchUp(4)
    assert.equal(shown.versions().data, 4)
    assert.equal(shown.versions().changedAt, at(2), 'not before then; it never says newer than it is')
    lake.clock += 9_999
    await shown.look()
    assert.equal(shown.versions().data, 4)
    lake.clock += 1
    await shown.look()
    assert.deepEqual([shown.versions().data, shown.versions().changedAt], [6, at(6)])
  })

  test('without a version what is published by now is shown', async () => {
    const { lake, shown } = server(published(1))
    lake.state = published(2, { now: 2 })
    await shown.catchUp()
    assert.equal(shown.versions().data, 2)
  })

  test('a version that nobody published, and a Store that is away, change nothing', async () => {
    const { lake, shown } = server(published(3))
    await shown.catchUp(999)
    assert.equal(shown.versions().data, 3)
    lake.away = true
    await shown.catchUp(4)
    await shown.catchUp()
    assert.equal(shown.versions().data, 3)
  })
})
