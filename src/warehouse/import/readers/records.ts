import { fieldSeparator, recordSeparator } from './blocks.ts'
import type { Reject } from './rejects.ts'

export interface Dialect {
  /** Any text without line ends; ' ' stands for a run of blanks, '' for a file of one column. */
  delimiter: string
  /** One ASCII character, or '' where quotes mean nothing. */
  quote: string
}

const longestRecord = 1 << 20
const lf = 10
const cr = 13
const plain = 0
const delimiterKind = 1
const quoteKind = 2
const lineEnd = 3
const control = 4
/** The first byte of a delimiter of several. */
const longDelimiterKind = 5
const incomplete = -1

/**
 * Cuts delimited text (RFC 4180 and its looser relatives) into records and writes each as its line number and its
 * unquoted fields between separators, ready for one `string_split` in SQL. A record that breaks the form is reported
 * with its line and reading goes on with the next line, so that a stray quote costs its own line only.
 */
export class RecordScanner {
  /** Physical line, from 1, on which the next record begins. */
  line = 1
  /** Records written so far. */
  records = 0
  /** Names of the columns; empty while any number of fields is welcome. */
  columns: readonly string[] = []
  /** Line of the record that holds the names and is no data; 0 where there is none. */
  headerLine = 0

  private readonly kinds = new Uint8Array(256)
  /** Bytes that no field may hold, also where one of them is the delimiter. */
  private readonly unstorable = new Uint8Array(256)
  private readonly delimiter: Buffer
  private readonly quote: number
  private readonly blanks: boolean
  private readonly reject: (reject: Reject) => void
  private rest: Buffer = Buffer.alloc(0)
  private out = Buffer.alloc(0)
  private filled = 0
  private started = false
  private skippingLine = false

  constructor(dialect: Dialect, reject: (reject: Reject) => void) {
    this.reject = reject
    this.blanks = dialect.delimiter === ' '
    this.quote = dialect.quote ? dialect.quote.charCodeAt(0) : -1
    this.delimiter = Buffer.from(dialect.delimiter)
    for (const byte of [0, fieldSeparator, recordSeparator]) {
      this.kinds[byte] = control
      this.unstorable[byte] = 1
    }
    this.kinds[lf] = this.kinds[cr] = lineEnd
    if (dialect.quote) this.kinds[this.quote] = quoteKind
    if (dialect.delimiter)
      this.kinds[this.delimiter[0]!] = this.delimiter.length > 1 ? longDelimiterKind : delimiterKind
    if (this.blanks) this.kinds[9] = delimiterKind
  }

  /** The records completed by this piece; valid until the next call. */
  push(piece: Buffer, last = false): Buffer {
    let data = this.rest.length ? Buffer.concat([this.rest, piece]) : piece
    if (!this.started && (data.length >= 3 || last)) {
      this.started = true
      if (data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf) data = data.subarray(3)
    }
    this.filled = 0
    const end = this.started ? data.length : 0
    let at = 0
    while (at < end) {
      const next = this.skippingLine ? this.skipLine(data, at, end) : this.record(data, at, end, last)
      if (next === incomplete) {
        if (end - at <= longestRecord) break
        at = this.tooLong(data, at, end)
      } else at = next
    }
    this.rest = data.subarray(at)
    return this.out.subarray(0, this.filled)
  }

  private record(data: Buffer, start: number, end: number, last: boolean): number {
    if (this.out.length - this.filled < end - start + 32) this.grow(end - start + 32)
    const { kinds, unstorable, out, quote } = this
    let o = writeNumber(out, this.filled, this.line)
    out[o++] = fieldSeparator
    let fieldAt = o
    let fields = 1
    let breaks = 0
    let controlField = 0
    let empty = true
    let p = start
    if (this.blanks) while (p < end && kinds[data[p]!] === delimiterKind) p++
    for (;;) {
      if (p >= end) {
        if (!last) return incomplete
        break
      }
      const c = data[p]!
      const kind = kinds[c]
      if (kind === plain) {
        out[o++] = c
        p++
      } else if (kind === delimiterKind) {
        p++
        if (this.blanks) {
          while (p < end && kinds[data[p]!] === delimiterKind) p++
          if (p >= end ? last : kinds[data[p]!] === lineEnd) continue
          if (p >= end) return incomplete
        }
        out[o++] = fieldSeparator
        fieldAt = o
        fields++
      } else if (kind === lineEnd) {
        if (c === cr) {
          if (p + 1 >= end && !last) return incomplete
          if (data[p + 1] === lf) p++
        }
        p++
        break
      } else if (kind === quoteKind && o === fieldAt) {
        empty = false
        for (p++; ; p++) {
          if (p >= end) {
            if (!last) return incomplete
            return this.bad(data, start, end, 'quote_unterminated', fields)
          }
          const q = data[p]!
          if (q === quote) {
            if (p + 1 >= end && !last) return incomplete
            if (data[p + 1] !== quote) break
            p++
          } else if (q === lf || (q === cr && data[p + 1] !== lf)) breaks++
          else if (unstorable[q] === 1) controlField ||= fields
          out[o++] = q
        }
        p++
        while (p < end && data[p] === 32 && kinds[32] === plain) p++
        if (p >= end && !last) return incomplete
        const after = kinds[data[p] ?? lf]
        if (after === longDelimiterKind) {
          if (p + this.delimiter.length > end && !last) return incomplete
          if (!this.delimiterAt(data, p, end)) return this.bad(data, start, end, 'quote_misplaced', fields)
        } else if (after !== delimiterKind && after !== lineEnd)
          return this.bad(data, start, end, 'quote_misplaced', fields)
      } else if (kind === longDelimiterKind) {
        if (p + this.delimiter.length > end && !last) return incomplete
        if (this.delimiterAt(data, p, end)) {
          out[o++] = fieldSeparator
          fieldAt = o
          fields++
          p += this.delimiter.length
        } else {
          out[o++] = c
          p++
        }
      } else {
        if (kind === control) controlField ||= fields
        out[o++] = c
        p++
      }
    }
    if (empty && fields === 1 && o === fieldAt) {
      this.line++
      return p
    }
    if (this.line === this.headerLine) {
      this.line += breaks + 1
      return p
    }
    const expected = this.columns.length
    // A delimiter after the last field adds nothing.
    if (fields === expected + 1 && o === fieldAt && expected > 0) {
      fields--
      o--
    }
    if (controlField) this.report(data, start, p, 'control_character', controlField)
    else if (expected > 0 && fields !== expected)
      this.report(data, start, p, 'field_count_wrong', 0, `${fields}/${expected}`)
    else {
      out[o++] = recordSeparator
      this.filled = o
      this.records++
    }
    this.line += breaks + 1
    return p
  }

  private delimiterAt(data: Buffer, at: number, end: number): boolean {
    const { delimiter } = this
    return at + delimiter.length <= end && data.compare(delimiter, 0, delimiter.length, at, at + delimiter.length) === 0
  }

  /** Reports the line a broken record begins on and goes on with the line after it. */
  private bad(data: Buffer, start: number, end: number, reason: Reject['reason'], field: number): number {
    const stop = nextLine(data, start, end)
    this.report(data, start, stop, reason, field)
    this.line++
    return stop
  }

  private tooLong(data: Buffer, start: number, end: number): number {
    const stop = nextLine(data, start, end)
    const quoted = stop < end || data[end - 1] === lf
    this.report(data, start, stop, quoted ? 'quote_unterminated' : 'row_too_long', 0)
    this.line++
    this.skippingLine = !quoted
    return stop
  }

  private skipLine(data: Buffer, at: number, end: number): number {
    const feed = data.indexOf(lf, at)
    this.skippingLine = feed < 0
    return feed < 0 ? end : feed + 1
  }

  private report(data: Buffer, start: number, stop: number, reason: Reject['reason'], field: number, detail?: string) {
    const excerpt = data.toString('utf8', start, Math.min(stop, start + 1000))
    const column = field > 0 ? this.columns[field - 1] : undefined
    this.reject({ rowNumber: this.line, column, reason, detail, excerpt })
  }

  private grow(room: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.filled + room, this.out.length * 2))
    this.out.copy(larger, 0, 0, this.filled)
    this.out = larger
  }
}

/** Where the physical line after this one begins. */
function nextLine(data: Buffer, start: number, end: number): number {
  for (let p = start; p < end; p++) {
    const c = data[p]
    if (c === lf) return p + 1
    if (c === cr) return data[p + 1] === lf ? p + 2 : p + 1
  }
  return end
}

function writeNumber(out: Buffer, at: number, value: number): number {
  let digits = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++
  for (let i = at + digits - 1, rest = value; i >= at; i--, rest = Math.floor(rest / 10)) out[i] = 48 + (rest % 10)
  return at + digits
}

/** A block as texts, for small samples. */
export function textsOf(block: Buffer): { line: number; fields: string[] }[] {
  return block
    .toString()
    .split('\x1e')
    .slice(0, -1)
    .map((record) => {
      const [line, ...fields] = record.split('\x1f')
      return { line: Number(line), fields }
    })
}
