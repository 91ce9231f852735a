import { BlockInsert, mostColumns } from './blocks.ts'
import type { Bytes } from './bytes.ts'
import { looksLikeHeader } from './dialect.ts'
import { ReadFault } from './fault.ts'
import { RejectTable } from './rejects.ts'
import { columnNames, type ReadOptions, type Staged, type Staging, sampled } from './staging.ts'
import { type Archive, readCellKinds, readSharedStrings, readWorkbook, walk } from './xlsxParts.ts'
import { SheetReader, type SheetRow } from './xlsxSheet.ts'
import { zipEntries } from './zip.ts'

const sampleRows = 200
/** What a block uses for itself, and what the database's texts cannot hold. */
const unstorable = ['\0', '\x1e', '\x1f']

/**
 * Reads one sheet of an Excel workbook (.xlsx) as a stream. Dates come as ISO text by their cell's format, formulas by
 * their stored result. `row_number` is the row of the sheet.
 */
export async function readXlsx(bytes: Bytes, staging: Staging, options: ReadOptions): Promise<Staged> {
  const archive: Archive = { path: bytes.path, entries: await zipEntries(bytes.path) }
  const book = await readWorkbook(archive)
  const sheet =
    options.sheet === undefined
      ? (book.sheets.find(({ hidden }) => !hidden) ?? book.sheets[0])
      : book.sheets.find(({ name }) => name === options.sheet)
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
  let partial = false
  const begin = async () => {
    form = formOfSheet(waiting!.slice(0, sampleRows), options.header)
    insert = await BlockInsert.create(staging, '', form.names)
    const held = waiting!
    waiting = undefined
    await write(held)
  }
  const write = async (batch: SheetRow[]) => {
    const { names, firstRow, headerRow } = form!
    let block = ''
    for (const row of batch) {
      const { number, cells } = row
      if (number === headerRow) continue
      const wide = row.width > names.length
      let control = -1
      for (const [column, cell] of cells)
        if (unstorable.some((c) => cell.includes(c)) && (control < 0 || column < control)) control = column
      if (number < firstRow || wide || control >= 0) {
        rejects.add({
          rowNumber: number,
          column: wide || control < 0 ? undefined : names[control],
          reason: number < firstRow || wide ? 'field_count_wrong' : 'control_character',
          detail: number < firstRow || wide ? `${wide ? row.width : cells.size}/${names.length}` : undefined,
          excerpt: [...cells.values()].join(' '),
        })
        continue
      }
      block += `${number}\x1f${fieldsOf(row, names.length).join('\x1f')}\x1e`
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
      partial = rows >= (options.firstRows ?? Number.POSITIVE_INFINITY)
      if (partial) break
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
    columns: await sampled(staging, options, insert!.table, form!.names),
    rows,
    rejects: rejects.count,
    rejectTable: rejects.name,
    found: {
      partial,
      sheet: sheet.name,
      sheets: book.sheets.length,
      // Excel allows no slash in a sheet's name.
      sheetNames: book.sheets.map(({ name }) => name).join('/'),
      header: form!.headerRow > 0,
    },
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

function fieldsOf({ cells }: SheetRow, width: number): string[] {
  const fields: string[] = new Array(width).fill('')
  for (const [column, cell] of cells) fields[column] = cell
  return fields
}

/** The table begins with the first row that is more than half as full as the fullest. */
function formOfSheet(rows: readonly SheetRow[], given?: boolean): SheetForm {
  const fullest = Math.max(...rows.map((row) => row.cells.size))
  const index = rows.findIndex((row) => row.cells.size * 2 > fullest)
  const head = rows[index]!
  const body = rows.slice(index + 1)
  if (head.width > mostColumns) throw new ReadFault('columns_too_many', { columns: head.width })
  const headFields = fieldsOf(head, head.width)
  const header =
    given ??
    looksLikeHeader(
      headFields,
      // What stands beyond the first row's end tells nothing about its names.
      body.map((row) => ({ fields: fieldsOf(row, head.width).slice(0, head.width) })),
    )
  const widths = body.map((row) => row.width)
  // Beside a header a single longer row is a fault of its own; without one any length may be meant.
  const width = Math.max(head.width, header ? commonest(widths) : Math.max(0, ...widths))
  if (width > mostColumns) throw new ReadFault('columns_too_many', { columns: width })
  const names = Array.from({ length: width }, (_, i) => (header ? (headFields[i] ?? '') : ''))
  return { names: columnNames(names), firstRow: head.number, headerRow: header ? head.number : 0 }
}

function commonest(values: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0
}
