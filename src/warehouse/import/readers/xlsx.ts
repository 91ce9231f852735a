import { BlockInsert, mostColumns } from './blocks.ts'
import type { Bytes } from './bytes.ts'
import { looksLikeHeader } from './dialect.ts'
import { ReadFault } from './fault.ts'
import { RejectTable } from './rejects.ts'
import { columnNames, type ReadOptions, type Staged, type Staging, sampled } from './staging.ts'
import {
  type Archive,
  type CellKind,
  numberText,
  readCellKinds,
  readSharedStrings,
  readWorkbook,
  serialText,
  walk,
} from './xlsxParts.ts'
import { zipEntries } from './zip.ts'

const sampleRows = 200
/** What a block uses for itself, and what the database's texts cannot hold. */
const unstorable = ['\0', '\x1e', '\x1f']

interface SheetRow {
  number: number
  cells: string[]
}

/**
 * Reads one sheet of an Excel workbook (.xlsx) as a stream. Dates come as ISO text by their cell's format, formulas by
 * their stored result. `row_number` is the row of the sheet.
 */
export async function readXlsx(bytes: Bytes, staging: Staging, options: ReadOptions): Promise<Staged> {
  const archive: Archive = { path: bytes.path, entries: await zipEntries(bytes.path) }
  const book = await readWorkbook(archive)
  const sheet = options.sheet === undefined ? book.sheets[0] : book.sheets.find(({ name }) => name === options.sheet)
  if (!sheet) throw new ReadFault('sheet_not_found', { sheets: book.sheets.map(({ name }) => name) })
  const strings = book.sharedStringsPart ? await readSharedStrings(archive, book.sharedStringsPart) : []
  const kinds = book.stylesPart ? await readCellKinds(archive, book.stylesPart) : []
  const reader = new SheetReader(strings, kinds, book.from1904)
  const onRead = (count: number) => {
    bytes.bytesRead += count
  }

  const rejects = await RejectTable.create(staging)
  let waiting: SheetRow[] | undefined = []
  let form: SheetForm | undefined
  let insert: BlockInsert | undefined
  let rows = 0
  const begin = async () => {
    form = formOfSheet(waiting!, options.header)
    insert = await BlockInsert.create(staging, '', form.names)
    const held = waiting!
    waiting = undefined
    await write(held)
  }
  const write = async (batch: SheetRow[]) => {
    const { names, firstRow, headerRow } = form!
    let block = ''
    for (const { number, cells } of batch) {
      if (number === headerRow) continue
      const wide = cells.length > names.length
      const control = cells.findIndex((cell) => unstorable.some((c) => cell.includes(c)))
      if (number < firstRow || wide || control >= 0) {
        const found = cells.filter((cell) => cell).length
        rejects.add({
          rowNumber: number,
          column: wide || control < 0 ? undefined : names[control],
          reason: number < firstRow || wide ? 'field_count_wrong' : 'control_character',
          detail: number < firstRow || wide ? `${wide ? cells.length : found}/${names.length}` : undefined,
          excerpt: cells.join(' '),
        })
        continue
      }
      block += `${number}\x1f${cells.join('\x1f')}${'\x1f'.repeat(names.length - cells.length)}\x1e`
      rows++
    }
    await insert!.add(Buffer.from(block))
  }

  try {
    bytes.bytesRead = 0
    for await (const _ of walk(archive, sheet.part, reader, onRead)) {
      if (options.signal?.aborted) throw new ReadFault('read_cancelled')
      const batch = reader.taken()
      if (waiting) {
        waiting.push(...batch)
        if (waiting.length >= sampleRows) await begin()
      } else await write(batch)
      options.onProgress?.({ bytesRead: bytes.bytesRead, bytesTotal: bytes.bytesTotal, rows })
    }
    const last = reader.taken()
    if (waiting) {
      waiting.push(...last)
      if (!waiting.length) throw new ReadFault('file_empty', { sheet: sheet.name })
      await begin()
    } else await write(last)
    await insert!.finish()
  } finally {
    await insert?.settle()
    rejects.close()
  }
  return {
    format: 'xlsx',
    table: insert!.table,
    columns: await sampled(staging, insert!.table, form!.names),
    rows,
    rejects: rejects.count,
    rejectTable: rejects.name,
    found: { sheet: sheet.name, sheets: book.sheets.length, header: form!.headerRow > 0 },
    drop: () => staging.drop(),
  }
}

interface SheetForm {
  names: string[]
  /** Rows above it (a title, a note) hold no data; they are reported. */
  firstRow: number
  /** 0 where there is none. */
  headerRow: number
}

const filled = (row: SheetRow) => row.cells.filter((cell) => cell !== '').length

/** The table begins with the first row that is at least half as full as the fullest. */
function formOfSheet(rows: readonly SheetRow[], given?: boolean): SheetForm {
  const width = Math.max(...rows.map((row) => row.cells.length))
  if (width > mostColumns) throw new ReadFault('columns_too_many', { columns: width })
  const fullest = Math.max(...rows.map(filled))
  const index = rows.findIndex((row) => filled(row) * 2 >= fullest)
  const head = rows[index]!
  const body = rows.slice(index + 1).map((row) => ({ fields: row.cells }))
  const header = given ?? looksLikeHeader(head.cells, body)
  const names = Array.from({ length: width }, (_, i) => (header ? (head.cells[i] ?? '') : ''))
  return { names: columnNames(names), firstRow: head.number, headerRow: header ? head.number : 0 }
}

/** Gathers the rows of a sheet (ECMA-376 part 1, 18.3) from its markup. */
class SheetReader {
  private rows: SheetRow[] = []
  private rowNumber = 0
  private column = -1
  private cells: string[] = []
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

  open(name: string, attributes: Map<string, string>): void {
    if (name === 'row') {
      this.rowNumber = Number(attributes.get('r') ?? this.rowNumber + 1)
      this.cells = []
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
      const text = this.cellText()
      if (text === '') return
      while (this.cells.length < this.column) this.cells.push('')
      this.cells[this.column] = text
    } else if (name === 'row' && this.cells.length) this.rows.push({ number: this.rowNumber, cells: this.cells })
  }

  private cellText(): string {
    const { type, value } = this
    if (type === 'inlineStr') return this.inline
    if (value === '') return ''
    if (type === 's') {
      const text = this.strings[Number(value)]
      if (text === undefined) throw new ReadFault('xlsx_malformed', { what: `no shared string ${value.slice(0, 20)}` })
      return text
    }
    if (type === 'b') return value === '1' ? 'true' : 'false'
    if (type !== 'n') return value
    const kind = this.kinds[this.style] ?? 'number'
    return (kind === 'number' ? undefined : serialText(Number(value), kind, this.from1904)) ?? numberText(value)
  }
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
