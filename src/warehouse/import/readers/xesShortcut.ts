import type { ByteDictionary } from './dictionary.ts'
import { hashSeed } from './dictionary.ts'
import { plainInstantMicros } from './instants.ts'

/** Which column an attribute of an event fills. */
export const slots = { other: 0, activity: 1, lifecycle: 2, resource: 3, at: 4 } as const

export const slotOfKey: ReadonlyMap<string, number> = new Map([
  ['concept:name', slots.activity],
  ['lifecycle:transition', slots.lifecycle],
  ['org:resource', slots.resource],
  ['time:timestamp', slots.at],
])

/** An event taken whole; codes are 0 and the time NaN where it has none. */
export interface PlainEvent {
  activity: number
  lifecycle: number
  resource: number
  micros: number
  /** Further attributes: type, key and the raw text of each, in order. */
  others: string[]
}

/** An attribute of a trace without children; `micros` where it is a plain date, else NaN. */
export interface PlainAttribute {
  type: string
  key: string
  value: string
  micros: number
}

interface Shape {
  /** 0: ends the event. 1: the opening of an attribute, up to the first byte of its value. */
  kind: number
  from: number
  length: number
  slot: number
  type: string
  key: string
  quote: number
  /** What followed last time and before: shapes to try first. */
  followers: Shape[]
}

const attributeShape =
  /^\s*<(string|date|int|float|boolean|id)\s+key\s*=\s*(["'])([^"'&<>\t\n\r]*)\2\s+value\s*=\s*(["'])$/
const endShape = /^\s*<\/event\s*>$/

/**
 * Reads whole events, and attributes of traces, of the usual form — attributes without children, key before value — by recognising the bytes
 * around the values from the events before. Anything else (entities, nesting, other attribute order, an event cut by the
 * end of the piece) is left untouched to the general scanner.
 */
export class EventShortcut {
  private pool = Buffer.alloc(4096)
  private view = new DataView(this.pool.buffer, this.pool.byteOffset)
  private used = 0
  private readonly known = new Map<string, Shape>()
  private readonly start: Shape = newShape(0, 0, 0)
  private readonly dictionaries: readonly (ByteDictionary | undefined)[]
  private readonly emit: (event: PlainEvent) => void
  private readonly emitAttribute: (attribute: PlainAttribute) => void
  private readonly traceStart: Shape = newShape(0, 0, 0)
  private readonly event: PlainEvent = { activity: 0, lifecycle: 0, resource: 0, micros: Number.NaN, others: [] }

  constructor(
    dictionaries: readonly (ByteDictionary | undefined)[],
    emit: (event: PlainEvent) => void,
    emitAttribute: (attribute: PlainAttribute) => void,
  ) {
    this.dictionaries = dictionaries
    this.emit = emit
    this.emitAttribute = emitAttribute
  }

  /** Takes a trace's own attributes, and then its events, from `at` on; returns the first position it leaves. */
  readTrace(bytes: Buffer, at: number, end: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let previous = this.traceStart
    let taken = at
    for (;;) {
      let p = taken
      while (p < end && bytes[p]! <= 32) p++
      // Only attributes are looked at: neither <event nor an end tag, a comment or an instruction.
      const letter = bytes[p + 1]
      if (p + 24 > end || bytes[p] !== 60 || letter === 101 || letter === 47 || letter === 33 || letter === 63)
        return p < end && letter === 101 ? this.read(bytes, p, end) : taken
      const shape = this.recognise(previous, bytes, view, p, end)
      if (!shape || shape.kind === 0) return taken
      const begin = p + shape.length
      const { quote, type, key } = shape
      for (p = begin; p < end && bytes[p] !== quote; p++) {
        const c = bytes[p]!
        if (c === 38 || c === 60 || c < 32) return taken
      }
      if (p + 2 >= end || bytes[p + 1] !== 47 || bytes[p + 2] !== 62) return taken
      const value = bytes.toString('utf8', begin, p)
      if (value.includes('\ufffd')) return taken
      const micros = type === 'date' ? plainInstantMicros(bytes, begin, p) : Number.NaN
      this.emitAttribute({ type, key, value, micros })
      previous = shape
      taken = p + 3
    }
  }

  /** Takes events from `at` on; returns the first position it leaves. */
  read(bytes: Buffer, at: number, end: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let taken = at
    for (;;) {
      if (end - taken < 24 || view.getInt32(taken) !== 0x3c657665 || view.getInt32(taken + 3) !== 0x656e743e)
        return taken
      const next = this.readEvent(bytes, view, taken + 7, end)
      if (next < 0) return taken
      taken = next
      let p = next
      while (p < end && bytes[p]! <= 32) p++
      if (bytes[p] !== 60) return taken
      taken = p
    }
  }

  private readEvent(bytes: Buffer, view: DataView, from: number, end: number): number {
    const { event } = this
    event.activity = event.lifecycle = event.resource = 0
    event.micros = Number.NaN
    if (event.others.length) event.others = []
    let previous = this.start
    let p = from
    for (;;) {
      const shape = this.recognise(previous, bytes, view, p, end)
      if (!shape) return -1
      p += shape.length
      if (shape.kind === 0) {
        this.emit(event)
        return p
      }
      previous = shape
      const begin = p
      const { quote, slot } = shape
      let hash = hashSeed
      let c = 0
      for (; p < end; p++) {
        c = bytes[p]!
        if (c === quote) break
        if (c === 38 || c === 60 || c < 32) return -1
        hash = Math.imul(hash ^ c, 0x01000193)
      }
      if (p + 2 >= end || bytes[p + 1] !== 47 || bytes[p + 2] !== 62) return -1
      if (slot === slots.at) {
        event.micros = plainInstantMicros(bytes, begin, p)
        if (Number.isNaN(event.micros)) return -1
      } else if (slot === slots.activity) event.activity = this.code(1, bytes, begin, p, hash)
      else if (slot === slots.lifecycle) event.lifecycle = this.code(2, bytes, begin, p, hash)
      else if (slot === slots.resource) event.resource = this.code(3, bytes, begin, p, hash)
      else {
        const value = bytes.toString('utf8', begin, p)
        if (value.includes('\ufffd')) return -1
        event.others.push(shape.type, shape.key, value)
      }
      p += 3
    }
  }

  /** What is empty is none, as the scanner has it. */
  private code(slot: number, bytes: Buffer, begin: number, end: number, hash: number): number {
    return begin === end ? 0 : this.dictionaries[slot]!.code(bytes, begin, end, hash)
  }

  private recognise(previous: Shape, bytes: Buffer, view: DataView, p: number, end: number): Shape | undefined {
    const { followers } = previous
    for (let i = 0; i < followers.length; i++) {
      const shape = followers[i]!
      if (p + shape.length < end && this.matches(shape, view, p)) return shape
    }
    return this.learn(previous, bytes, p, end)
  }

  private matches(shape: Shape, view: DataView, p: number): boolean {
    const last = shape.length - 4
    const pool = this.view
    const { from } = shape
    for (let i = 0; i < last; i += 4) if (pool.getInt32(from + i) !== view.getInt32(p + i)) return false
    return pool.getInt32(from + last) === view.getInt32(p + last)
  }

  /** A shape not expected here: finds where it ends, checks its grammar once, and remembers it as a follower. */
  private learn(previous: Shape, bytes: Buffer, p: number, end: number): Shape | undefined {
    let q = p
    while (q < end && bytes[q]! <= 32) q++
    if (q + 1 >= end) return undefined
    let stop: number
    if (bytes[q + 1] === 47) stop = bytes.indexOf(62, q)
    else {
      // The opening quotes of key and value are the first and the third one of a plain attribute.
      stop = q
      for (let quotes = 0; quotes < 3; quotes++) {
        do stop++
        while (stop < end && bytes[stop] !== 34 && bytes[stop] !== 39)
      }
    }
    if (stop < 0 || stop >= end) return undefined
    const text = bytes.toString('utf8', p, stop + 1)
    // What is no UTF-8 is for the scanner to refuse.
    if (text.includes('\ufffd')) return undefined
    let shape = this.known.get(text)
    if (!shape) {
      const attribute = attributeShape.exec(text)
      if (!attribute && !endShape.test(text)) return undefined
      if (this.known.size >= 4096) return undefined
      const length = stop + 1 - p
      if (this.used + length > this.pool.length) {
        this.pool = Buffer.concat([this.pool, Buffer.alloc(Math.max(this.pool.length, length))])
        this.view = new DataView(this.pool.buffer, this.pool.byteOffset)
      }
      bytes.copy(this.pool, this.used, p, stop + 1)
      shape = newShape(attribute ? 1 : 0, this.used, length)
      this.used += length
      if (attribute) {
        shape.type = attribute[1]!
        shape.key = attribute[3]!
        shape.quote = attribute[4]!.charCodeAt(0)
        shape.slot = slotOfKey.get(shape.key) ?? slots.other
      }
      this.known.set(text, shape)
    }
    if (previous.followers.length < 8) previous.followers.push(shape)
    return shape
  }
}

function newShape(kind: number, from: number, length: number): Shape {
  return { kind, from, length, slot: 0, type: '', key: '', quote: 0, followers: [] }
}
