import { isAscii, isUtf8 } from 'node:buffer'
import { BlockInsert, mostColumns, recordSeparator } from './blocks.ts'
import { type Bytes, contentOf } from './bytes.ts'
import { formOf, type TextForm } from './dialect.ts'
import { type Encoding, utf8Of } from './encoding.ts'
import { ReadFault } from './fault.ts'
import { RecordScanner } from './records.ts'
import { RejectTable } from './rejects.ts'
import { columnNames, type ReadOptions, type Staged, type Staging, sampled } from './staging.ts'

const sampleBytes = 1 << 18
const replacement = Buffer.from('\ufffd')

/** Thrown when a file that began in plain ASCII turns out to go on in Chinese that is not UTF-8. */
class OtherEncoding extends Error {}

/**
 * Reads delimited text (CSV, TSV, aligned columns) as a stream. `row_number` is the physical line on which the record
 * begins; an empty field, quoted or not, is NULL.
 */
export async function readText(
  bytes: Bytes,
  encoding: Encoding,
  staging: Staging,
  options: ReadOptions,
): Promise<Staged> {
  try {
    return await readAs(bytes, encoding, staging, options, options.encoding === undefined && encoding === 'utf-8')
  } catch (error) {
    if (!(error instanceof OtherEncoding)) throw error
    return readAs(bytes, 'gb18030', staging, options, false)
  }
}

async function readAs(
  bytes: Bytes,
  encoding: Encoding,
  staging: Staging,
  options: ReadOptions,
  guessed: boolean,
): Promise<Staged> {
  const form = await sampleForm(bytes, encoding, options)
  if (!form.names.length) throw new ReadFault('file_empty')
  const names = columnNames(form.names)
  if (names.length > mostColumns) throw new ReadFault('columns_too_many', { columns: names.length })
  const insert = await BlockInsert.create(staging, '', names)
  const rejects = await RejectTable.create(staging)
  const scanner = new RecordScanner(form, (reject) => rejects.add(reject))
  scanner.columns = names
  scanner.headerLine = form.header ? form.firstLine : 0
  let rows = 0
  let partial = false
  let dropped = 0
  let sawChinese = false

  const take = async (block: Buffer) => {
    let good = block
    if (encoding === 'utf-8' ? !isUtf8(block) : block.includes(replacement)) {
      const sound = (record: Buffer) => (encoding === 'utf-8' ? isUtf8(record) : !record.includes(replacement))
      const sorted = sortRecords(block, sound)
      if (guessed && !sawChinese && sorted.soundChinese * 10 <= sorted.bad.length) throw new OtherEncoding()
      for (const record of sorted.bad) {
        const [line, ...fields] = record.toString().split('\x1f')
        const column = names[fields.findIndex((field) => field.includes('\ufffd'))]
        const excerpt = fields.join(form.delimiter || ' ')
        rejects.add({ rowNumber: Number(line), column, reason: 'encoding_invalid', excerpt })
      }
      dropped += sorted.bad.length
      good = sorted.good
    }
    if (guessed && !sawChinese) sawChinese = !isAscii(good)
    await insert.add(good)
    rows = scanner.records - dropped
  }

  try {
    for await (const piece of utf8Of(contentOf(bytes), encoding)) {
      await take(scanner.push(piece))
      options.onProgress?.({ bytesRead: bytes.bytesRead, bytesTotal: bytes.bytesTotal, rows })
      partial = rows >= (options.firstRows ?? Number.POSITIVE_INFINITY)
      if (partial) break
    }
    if (!partial) await take(scanner.push(Buffer.alloc(0), true))
    await insert.finish()
  } finally {
    await insert.settle()
    rejects.close()
  }
  return {
    format: 'csv',
    table: insert.table,
    columns: await sampled(staging, options, insert.table, names),
    rows,
    rejects: rejects.count,
    rejectTable: rejects.name,
    found: { encoding, partial, delimiter: form.delimiter, quote: form.quote, header: form.header },
    drop: () => staging.drop(),
  }
}

/** Splits a block into the records that pass a check and those that do not. */
function sortRecords(block: Buffer, sound: (record: Buffer) => boolean) {
  const good: Buffer[] = []
  const bad: Buffer[] = []
  let soundChinese = 0
  for (let at = 0; at < block.length; ) {
    const stop = block.indexOf(recordSeparator, at)
    const record = block.subarray(at, stop)
    if (sound(record)) {
      good.push(block.subarray(at, stop + 1))
      if (!isAscii(record)) soundChinese++
    } else bad.push(record)
    at = stop + 1
  }
  return { good: Buffer.concat(good), bad, soundChinese }
}

/** Finds out the form from the first complete lines. */
async function sampleForm(bytes: Bytes, encoding: Encoding, options: ReadOptions): Promise<TextForm> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of utf8Of(contentOf(bytes), encoding)) {
    pieces.push(piece)
    length += piece.length
    if (length >= sampleBytes) break
  }
  const all = Buffer.concat(pieces)
  if (length < sampleBytes) return formOf(all, options)
  const cut = all.subarray(0, sampleBytes)
  const lastLine = Math.max(cut.lastIndexOf(10), cut.lastIndexOf(13))
  return formOf(lastLine > 0 ? cut.subarray(0, lastLine + 1) : cut, options)
}
