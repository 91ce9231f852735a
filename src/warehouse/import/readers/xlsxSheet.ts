import { ReadFault } from './fault.ts'
import { type CellKind, numberText, serialText } from './xlsxParts.ts'

/**
 * A row as the file has it: only cells that hold something, by their columns. A sheet may place one cell in its last of
 * 16,384 columns for a few bytes, so rows are never filled up before their width is known to be the table's.
 */
export interface SheetRow {
  number: number
  cells: Map<number, string>
  /** One more than the last column that holds something. */
  width: number
}

/** First letters of the types that the shortcut knows. */
const number = 110
const shared = 115
const inline = 105
const inlineEnd = Buffer.from('</t></is></c>')

/** Gathers the rows of a sheet (ECMA-376 part 1, 18.3) from its markup. */
export class SheetReader {
  private rows: SheetRow[] = []
  private rowNumber = 0
  private column = -1
  private cells = new Map<number, string>()
  private width = 0
  private type = ''
  private style = 0
  private value = ''
  private inline = ''
  private inside: '' | 'v' | 't' = ''
  private phonetic = 0
  private readonly strings: readonly string[]
  private readonly kinds: readonly CellKind[]
  private readonly from1904: boolean

  constructor(strings: readonly string[], kinds: readonly CellKind[], from1904: boolean) {
    this.strings = strings
    this.kinds = kinds
    this.from1904 = from1904
  }

  taken(): SheetRow[] {
    const { rows } = this
    this.rows = []
    return rows
  }

  /** Cells of the usual form, `<c r="B2" s="1" t="s"><v>12</v></c>`, and the same with `<is><t>` text in place. */
  shortcut(bytes: Buffer, from: number, end: number): number {
    let at = from
    while (end - at > 8 && bytes[at] === 60 && bytes[at + 1] === 99 && bytes[at + 2] === 32) {
      let p = at + 2
      let column = this.column + 1
      let style = 0
      let type = number
      while (p + 4 < end && bytes[p] === 32) {
        const name = bytes[p + 1]
        if (bytes[p + 2] !== 61 || bytes[p + 3] !== 34) return at
        p += 4
        const valueAt = p
        while (p < end && bytes[p] !== 34) p++
        if (name === 114) column = columnOf(bytes.toString('latin1', valueAt, p))
        else if (name === 115) style = digits(bytes, valueAt, p)
        else if (name === 116) type = p - valueAt === 1 || bytes[valueAt] === inline ? bytes[valueAt]! : 0
        else return at
        p++
      }
      if (type === inline) {
        const stop = bytes.indexOf(inlineEnd, p)
        const text = stop < 0 ? '' : bytes.toString('utf8', p, stop)
        if (!text.startsWith('><is><t>') || /[<&\ufffd]/.test(text.slice(8))) return at
        this.column = column
        this.put(text.slice(8))
        at = stop + inlineEnd.length
        continue
      }
      if (type !== number && type !== shared) return at
      // ><v> … </v></c>
      if (end - p < 12 || bytes.readUInt32BE(p) !== 0x3e3c763e) return at
      const valueAt = p + 4
      p = valueAt
      while (p < end && bytes[p] !== 60 && bytes[p] !== 38) p++
      if (end - p < 9 || bytes.readUInt32BE(p) !== 0x3c2f763e || bytes.readUInt32BE(p + 4) !== 0x3c2f633e) return at
      this.column = column
      if (type === shared) this.put(this.strings[digits(bytes, valueAt, p)] ?? missingString())
      else this.put(this.numeric(bytes.toString('latin1', valueAt, p), style))
      at = p + 8
    }
    return at
  }

  open(name: string, attributes: Map<string, string>): void {
    if (name === 'row') {
      this.rowNumber = Number(attributes.get('r') ?? this.rowNumber + 1)
      if (!Number.isSafeInteger(this.rowNumber)) throw new ReadFault('xlsx_malformed', { what: 'a row without number' })
      this.cells = new Map()
      this.width = 0
      this.column = -1
    } else if (name === 'c') {
      const reference = attributes.get('r')
      this.column = reference === undefined ? this.column + 1 : columnOf(reference)
      this.type = attributes.get('t') ?? 'n'
      this.style = Number(attributes.get('s') ?? 0)
      this.value = this.inline = ''
    } else if (name === 'v') this.inside = 'v'
    else if (name === 't' && this.phonetic === 0) this.inside = 't'
    else if (name === 'rPh') this.phonetic++
  }

  text(value: string): void {
    if (this.inside === 'v') this.value += value
    else if (this.inside === 't') this.inline += value
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.inside = ''
    else if (name === 'rPh') this.phonetic--
    else if (name === 'c') {
      this.put(this.cellText())
    } else if (name === 'row' && this.cells.size)
      this.rows.push({ number: this.rowNumber, cells: this.cells, width: this.width })
  }

  private cellText(): string {
    const { type, value } = this
    if (type === 'inlineStr') return this.inline
    if (value === '') return ''
    if (type === 's') return this.strings[Number(value)] ?? missingString()
    if (type === 'b') return value === '1' ? 'true' : 'false'
    return type === 'n' ? this.numeric(value, this.style) : value
  }

  private numeric(literal: string, style: number): string {
    const kind = this.kinds[style] ?? 'number'
    return (kind === 'number' ? undefined : serialText(Number(literal), kind, this.from1904)) ?? numberText(literal)
  }

  private put(text: string): void {
    if (text === '') return
    this.cells.set(this.column, text)
    if (this.column >= this.width) this.width = this.column + 1
  }
}

function missingString(): never {
  throw new ReadFault('xlsx_malformed', { what: 'a shared string is missing' })
}

function digits(bytes: Buffer, at: number, end: number): number {
  let value = 0
  for (let i = at; i < end; i++) value = value * 10 + bytes[i]! - 48
  return value
}

/** 0 for column A, from a reference such as `AB12`. */
function columnOf(reference: string): number {
  let column = 0
  for (let i = 0; i < reference.length; i++) {
    const letter = reference.charCodeAt(i) - 64
    if (letter < 1 || letter > 26) break
    column = column * 26 + letter
  }
  if (column < 1 || column > 16_384) throw new ReadFault('xlsx_malformed', { what: `cell ${reference.slice(0, 20)}` })
  return column - 1
}
