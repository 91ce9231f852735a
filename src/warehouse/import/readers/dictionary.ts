import { isUtf8 } from 'node:buffer'
import { ReadFault } from './fault.ts'

/**
 * Codes texts to small integers straight from their bytes, so that a value seen before never becomes a string. Code 0 is
 * reserved for "none".
 */
export class ByteDictionary {
  private slots = new Int32Array(1024)
  private hashes = new Int32Array(512)
  private offsets = new Int32Array(513)
  private pool = Buffer.alloc(1 << 14)
  /** Codes handed out so far, counting "none". */
  size = 1

  /** The code of the bytes from `at` to `end`, whose FNV-1a hash the caller has computed on the way. */
  code(bytes: Uint8Array, at: number, end: number, hash: number): number {
    const mask = this.slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const code = this.slots[slot]!
      if (code === 0) return this.add(bytes, at, end, hash, slot)
      if (this.hashes[code] === hash && this.same(code, bytes, at, end)) return code
      slot = (slot + 1) & mask
    }
  }

  codeOf(text: string): number {
    const bytes = Buffer.from(text)
    return this.code(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length))
  }

  text(code: number): string | null {
    return code === 0 ? null : this.pool.toString('utf8', this.offsets[code - 1]!, this.offsets[code]!)
  }

  private same(code: number, bytes: Uint8Array, at: number, end: number): boolean {
    const from = this.offsets[code - 1]!
    const length = end - at
    if (this.offsets[code]! - from !== length) return false
    const { pool } = this
    for (let i = 0; i < length; i++) if (pool[from + i] !== bytes[at + i]) return false
    return true
  }

  private add(bytes: Uint8Array, at: number, end: number, hash: number, slot: number): number {
    const value = bytes.subarray(at, end)
    if (!isUtf8(value)) throw new ReadFault('encoding_invalid', {}, undefined)
    const code = this.size++
    const from = this.offsets[code - 1]!
    if (from + value.length > this.pool.length) {
      const larger = Buffer.alloc(Math.max(this.pool.length * 2, from + value.length))
      larger.set(this.pool)
      this.pool = larger
    }
    this.pool.set(value, from)
    if (code + 1 >= this.offsets.length) {
      this.offsets = grown(this.offsets, this.offsets.length * 2)
      this.hashes = grown(this.hashes, this.hashes.length * 2)
    }
    this.offsets[code] = from + value.length
    this.hashes[code] = hash
    this.slots[slot] = code
    if (this.size * 2 > this.slots.length) this.rehash()
    return code
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 4)
    const mask = slots.length - 1
    for (let code = 1; code < this.size; code++) {
      const hash = this.hashes[code]!
      let slot = (hash ^ (hash >>> 15)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = code
    }
    this.slots = slots
  }
}

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}

export const hashSeed = 0x811c9dc5 | 0

export function hashOf(bytes: Uint8Array, at: number, end: number): number {
  let hash = hashSeed
  for (let i = at; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash
}
