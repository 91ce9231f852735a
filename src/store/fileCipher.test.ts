import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { FileDamaged, fileCipher } from './fileCipher.ts'

const key = randomBytes(32)
const { encryptFile, decryptFile } = fileCipher(key)
const mib = 1 << 20

async function* cut(content: Buffer, step: number) {
  for (let at = 0; at < content.length; at += step) yield content.subarray(at, at + step)
}
async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
const sealed = (content: Buffer, name = 'upl_1') => whole(encryptFile(name, cut(content, 100_000)))
const opened = (content: Buffer, name = 'upl_1') => whole(decryptFile(name, cut(content, 65_536)))

test('a file of any length comes back as it was', async () => {
  for (const length of [0, 1, mib - 1, mib, mib + 1, 2 * mib, 3 * mib + 17]) {
    const content = randomBytes(length)
    const hidden = await sealed(content)
    assert.ok(content.equals(await opened(hidden)), String(length))
    assert.equal(hidden.length, 33 + length + 16 * Math.max(1, Math.ceil(length / mib)))
  }
})

test('in whatever pieces it arrives', async () => {
  const content = randomBytes(5_000)
  const hidden = await sealed(content)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6_000 }), async (step) => {
      assert.ok(content.equals(await whole(decryptFile('upl_1', cut(hidden, step)))))
    }),
    { numRuns: 30 },
  )
})

test('nothing of it is readable, and no two are alike', async () => {
  const content = Buffer.from('王伟,13800000000\n'.repeat(1_000))
  const [one, other] = [await sealed(content), await sealed(content)]
  assert.ok(!one.includes('王伟') && !one.includes('13800000000'))
  assert.ok(!one.subarray(33, 100).equals(other.subarray(33, 100)))
})

test('a file that was changed, cut, put together anew or renamed does not open', async () => {
  const content = randomBytes(3 * mib + 5)
  const hidden = await sealed(content)
  const piece = mib + 16
  const pieces = [0, 1, 2, 3].map((i) => hidden.subarray(33 + i * piece, 33 + (i + 1) * piece))
  const head = hidden.subarray(0, 33)
  const changed = (at: number) => {
    const copy = Buffer.from(hidden)
    copy[at] = (copy[at] as number) ^ 1
    return copy
  }
  const wrong: Record<string, Buffer> = {
    'nothing at all': Buffer.alloc(0),
    'only its head': head,
    'half a head': head.subarray(0, 20),
    'another format': changed(0),
    'another salt': changed(5),
    'a changed byte': changed(33 + 70_000),
    'a changed tag': changed(hidden.length - 1),
    'without its last byte': hidden.subarray(0, -1),
    'without its last piece': hidden.subarray(0, 33 + 3 * piece),
    'without a piece': Buffer.concat([head, ...pieces.toSpliced(1, 1)]),
    'with two pieces exchanged': Buffer.concat([head, ...([pieces[1], pieces[0], pieces[2], pieces[3]] as Buffer[])]),
    'with something after it': Buffer.concat([hidden, Buffer.from('x')]),
  }
  for (const [what, bytes] of Object.entries(wrong)) await assert.rejects(opened(bytes), FileDamaged, what)
  await assert.rejects(opened(hidden, 'upl_2'), FileDamaged)
  await assert.rejects(whole(fileCipher(randomBytes(32)).decryptFile('upl_1', cut(hidden, mib))), FileDamaged)
})

test('what is given out before a fault was authenticated', async () => {
  const content = randomBytes(2 * mib + 5)
  const hidden = (await sealed(content)).subarray(0, -1)
  let given = Buffer.alloc(0)
  await assert.rejects(async () => {
    for await (const piece of decryptFile('upl_1', cut(hidden, mib))) given = Buffer.concat([given, piece])
  }, FileDamaged)
  assert.ok(given.equals(content.subarray(0, 2 * mib)))
})
