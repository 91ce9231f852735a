import { isUtf8 } from 'node:buffer'
import type { ErrorCode } from '#contract/errors.ts'
import { ReadFault } from './fault.ts'

/** What a document's reader is told. Names come without a namespace prefix. */
export interface XmlHandler {
  /** The reason given when the document declares a DOCTYPE or uses an entity beyond the five of XML itself. */
  entityRefused: ErrorCode
  open(name: string, attributes: Map<string, string>, offset: number): void
  close(name: string, offset: number): void
  /** Character data; absent where the format has none that matters. */
  text?(value: string): void
  /**
   * Called where a tag begins. May consume well-formed, balanced elements on its own and return where it stopped;
   * returning `at` leaves the tag to the scanner.
   */
  shortcut?(bytes: Buffer, at: number, end: number): number
}

const longestMarkup = 32 << 20
const deepest = 1000
const lt = 60
const gt = 62
const name = /^[^\s=/>"'<&!?]+$/
const knownNames = new Set<string>()
/** What keeps an attribute value from being taken as it stands. */
const odd = /[&<\t\n\r]/
const predefined: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * A forward-only XML reader over UTF-8 pieces of any size. It checks nesting and quoting, decodes the five predefined
 * entities and character references, and refuses every document type declaration: nothing is ever expanded or fetched.
 */
export class XmlScanner {
  private readonly handler: XmlHandler
  private rest: Buffer = Buffer.alloc(0)
  private room: Buffer = Buffer.alloc(0)
  /** Offset in the document of the first byte of `rest`. */
  private base = 0
  private readonly open: string[] = []
  private started = false
  private rootSeen = false

  constructor(handler: XmlHandler) {
    this.handler = handler
  }

  push(piece: Buffer): void {
    let bytes = this.rest.length ? this.behindRest(piece) : piece
    if (!this.started && bytes.length >= 3) {
      this.started = true
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
        bytes = bytes.subarray(3)
        this.base = 3
      }
    }
    const used = this.scan(bytes)
    this.base += used
    this.rest = bytes.subarray(used)
    if (this.rest.length > longestMarkup) this.malformed('a tag or text is longer than 32 MB', 0)
  }

  /** The piece behind what is left of the one before, in room that is used again: a buffer a piece costs more than copying. */
  private behindRest(piece: Buffer): Buffer {
    const { rest } = this
    const length = rest.length + piece.length
    const room = this.room.length < length ? Buffer.allocUnsafe(length * 2) : this.room
    room.set(rest)
    room.set(piece, rest.length)
    this.room = room
    return room.subarray(0, length)
  }

  end(): void {
    if (this.rest.toString('latin1').trim()) this.malformed('a tag or text is never finished', 0)
    if (this.open.length) this.malformed(`the document ends inside <${this.open.at(-1)}>`, this.rest.length)
    if (!this.rootSeen) this.malformed('there is no root element', 0)
  }

  /** Works through all complete markup and returns how many bytes that was. */
  private scan(bytes: Buffer): number {
    const { handler } = this
    const end = bytes.length
    let at = 0
    for (;;) {
      const tag = bytes.indexOf(lt, at)
      if (tag < 0) return handler.text && this.open.length ? at : this.skipOutside(bytes, at, end)
      if (tag > at) {
        if (!this.open.length) this.skipOutside(bytes, at, tag)
        else if (handler.text) handler.text(this.decode(this.read(bytes, at, tag), at))
        at = tag
      }
      if (handler.shortcut) {
        at = handler.shortcut(bytes, tag, end)
        if (at > tag) continue
      }
      const next = this.markup(bytes, tag, end)
      if (next < 0) return tag
      at = next
    }
  }

  /** Outside the root element only white space may stand. */
  private skipOutside(bytes: Buffer, at: number, end: number): number {
    if (!this.open.length)
      for (let i = at; i < end; i++) if (bytes[i]! > 32) this.malformed('text outside the root element', i)
    return end
  }

  /** One piece of markup beginning at `tag`; where it ends, or -1 when that is not yet known. */
  private markup(bytes: Buffer, tag: number, end: number): number {
    const kind = bytes[tag + 1]
    if (kind === undefined) return -1
    if (kind === 47) {
      const close = bytes.indexOf(gt, tag)
      if (close < 0) return -1
      this.closeTag(this.read(bytes, tag + 2, close).trimEnd(), tag)
      return close + 1
    }
    if (kind === 63) return after(bytes.indexOf('?>', tag + 2, 'latin1'), 2)
    if (kind === 33) {
      if (end - tag < 9) return -1
      if (bytes.toString('latin1', tag, tag + 4) === '<!--') return after(bytes.indexOf('-->', tag + 4, 'latin1'), 3)
      if (bytes.toString('latin1', tag, tag + 9) !== '<![CDATA[')
        throw new ReadFault(this.handler.entityRefused, {}, this.base + tag)
      const close = bytes.indexOf(']]>', tag + 9, 'latin1')
      if (close < 0) return -1
      if (!this.open.length) this.malformed('text outside the root element', tag)
      this.handler.text?.(this.read(bytes, tag + 9, close))
      return close + 3
    }
    const close = tagEnd(bytes, tag + 1, end)
    if (close < 0) return -1
    this.openTag(this.read(bytes, tag + 1, close), tag)
    return close + 1
  }

  private openTag(tag: string, at: number): void {
    if (!this.open.length && this.rootSeen) this.malformed('a second root element', at)
    this.rootSeen = true
    const nameEnd = nameLength(tag)
    const qualified = tag.slice(0, nameEnd)
    if (!isName(qualified)) this.malformed(`malformed tag <${tag.slice(0, 60)}>`, at)
    const attributes = this.attributes(tag, nameEnd, at)
    if (this.open.length >= deepest) this.malformed('elements are nested too deeply', at)
    this.handler.open(local(qualified), attributes, this.base + at)
    if (tag.endsWith('/')) this.handler.close(local(qualified), this.base + at)
    else this.open.push(qualified)
  }

  private attributes(tag: string, from: number, at: number): Map<string, string> {
    const attributes = new Map<string, string>()
    const last = tag.endsWith('/') ? tag.length - 1 : tag.length
    for (let p = from; ; ) {
      const gap = p
      while (p < last && tag.charCodeAt(p) <= 32) p++
      if (p >= last) return attributes
      const equals = tag.indexOf('=', p)
      const key = tag.slice(p, equals).trimEnd()
      p = equals + 1
      while (p < last && tag.charCodeAt(p) <= 32) p++
      const quote = tag[p]
      const close = quote === '"' || quote === "'" ? tag.indexOf(quote, p + 1) : -1
      if (gap === p || equals < 0 || close < 0 || !isName(key) || tag.charCodeAt(gap) > 32)
        this.malformed(`malformed tag <${tag.slice(0, 60)}>`, at)
      const value = tag.slice(p + 1, close)
      if (attributes.has(key)) this.malformed(`attribute ${key} appears twice`, at)
      attributes.set(key, odd.test(value) ? this.plainValue(value, at) : value)
      p = close + 1
    }
  }

  private plainValue(value: string, at: number): string {
    if (value.includes('<')) this.malformed('a bare < in an attribute', at)
    return this.decode(value.replace(/[\t\n\r]/g, ' '), at)
  }

  private closeTag(tag: string, at: number): void {
    const expected = this.open.pop()
    if (tag !== expected) this.malformed(`</${tag.slice(0, 60)}> closes <${expected ?? ''}>`, at)
    this.handler.close(local(tag), this.base + at)
  }

  private read(bytes: Buffer, from: number, to: number): string {
    const text = bytes.toString('utf8', from, to)
    if (text.includes('\ufffd') && !isUtf8(bytes.subarray(from, to)))
      throw new ReadFault('encoding_invalid', {}, this.base + from)
    return text
  }

  private decode(text: string, at: number): string {
    if (!text.includes('&')) return text
    return text.replace(/&([^;&\s]{0,32});?/g, (whole, reference: string) => {
      if (!whole.endsWith(';')) this.malformed(`a bare & in ${JSON.stringify(text.slice(0, 40))}`, at)
      const number = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(reference)
      if (!number) {
        const value = predefined[reference]
        if (value === undefined) throw new ReadFault(this.handler.entityRefused, { entity: reference }, this.base + at)
        return value
      }
      const point = number[1] ? Number.parseInt(number[1], 16) : Number(number[2])
      const legal =
        point === 9 ||
        point === 10 ||
        point === 13 ||
        (point >= 32 && point < 0xd800) ||
        (point >= 0xe000 && point <= 0x10ffff)
      if (!legal) this.malformed(`&${reference}; is no character`, at)
      return String.fromCodePoint(point)
    })
  }

  private malformed(what: string, at: number): never {
    throw new ReadFault('xml_malformed', { what }, this.base + at)
  }
}

function isName(text: string): boolean {
  if (knownNames.has(text)) return true
  if (!name.test(text)) return false
  if (knownNames.size < 1000) knownNames.add(text)
  return true
}

function nameLength(tag: string): number {
  let p = 0
  while (p < tag.length && tag.charCodeAt(p) > 32 && tag.charCodeAt(p) !== 47) p++
  return p
}

/** Where a start tag closes: the first `>` outside quotes. */
function tagEnd(bytes: Buffer, from: number, end: number): number {
  let quote = 0
  for (let i = from; i < end; i++) {
    const c = bytes[i]!
    if (quote) {
      if (c === quote) quote = 0
    } else if (c === gt) return i
    else if (c === 34 || c === 39) quote = c
  }
  return -1
}

const after = (at: number, length: number) => (at < 0 ? -1 : at + length)

const local = (qualified: string) => {
  const colon = qualified.indexOf(':')
  return colon < 0 ? qualified : qualified.slice(colon + 1)
}
