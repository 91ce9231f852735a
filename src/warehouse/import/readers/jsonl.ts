import { isUtf8 } from 'node:buffer'
import { BlockInsert, mostColumns } from './blocks.ts'
import { type Bytes, contentOf } from './bytes.ts'
import { type Encoding, utf8Of } from './encoding.ts'
import { ReadFault } from './fault.ts'
import { type RejectReason, RejectTable } from './rejects.ts'
import { columnNames, jsonPointer, quoted, type ReadOptions, type Staged, type Staging, sampled } from './staging.ts'

const longestLine = 16 << 20
const lf = 10
/** An object with more names than this holds data in its names; it stays one column of JSON text. */
const mostChildren = 200

/** The names met so far. A name may stand for a value in one line and for an object in another. */
interface Names {
  value: boolean
  children: Map<string, Names>
}

/**
 * Reads JSON Lines as a stream. Objects in objects become columns named `outer.inner`, arrays stay JSON text.
 * `row_number` is the line.
 */
export async function readJsonLines(
  bytes: Bytes,
  encoding: Encoding,
  staging: Staging,
  options: ReadOptions,
): Promise<Staged> {
  const insert = await BlockInsert.create(staging, '_lines', ['line'])
  const rejects = await RejectTable.create(staging)
  const names: Names = { value: false, children: new Map() }
  const lines = new LineReader(names, rejects)
  let partial = false
  try {
    for await (const piece of utf8Of(contentOf(bytes), encoding)) {
      await insert.add(lines.push(piece))
      options.onProgress?.({ bytesRead: bytes.bytesRead, bytesTotal: bytes.bytesTotal, rows: lines.rows })
      partial = lines.rows >= (options.firstRows ?? Number.POSITIVE_INFINITY)
      if (partial) break
    }
    if (!partial) await insert.add(lines.push(Buffer.from('\n')))
    await insert.finish()
  } finally {
    await insert.settle()
    rejects.close()
  }
  const leaves = leavesOf(names)
  if (leaves.length > mostColumns) throw new ReadFault('columns_too_many', { columns: leaves.length })
  const columns = columnNames(leaves.map(({ path }) => path.join('.')))
  const extracted = leaves.map((leaf, i) => `, ${extract(leaf)} as ${quoted(columns[i]!)}`)
  const table = await staging.table('', `as select row_number${extracted.join('')} from ${insert.table}`)
  await staging.connection.run(`drop table ${insert.table}`)
  return {
    format: 'jsonl',
    table,
    columns: await sampled(staging, options, table, columns),
    rows: lines.rows,
    rejects: rejects.count,
    rejectTable: rejects.name,
    found: { encoding, partial },
    drop: () => staging.drop(),
  }
}

class LineReader {
  rows = 0
  private line = 0
  private rest: Buffer = Buffer.alloc(0)
  private readonly names: Names
  private readonly rejects: RejectTable
  private started = false

  constructor(names: Names, rejects: RejectTable) {
    this.names = names
    this.rejects = rejects
  }

  /** The good lines of a piece as a block. */
  push(piece: Buffer): Buffer {
    let data = this.rest.length ? Buffer.concat([this.rest, piece]) : piece
    if (!this.started && data.length >= 3) {
      this.started = true
      if (data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf) data = data.subarray(3)
    }
    const out: Buffer[] = []
    let at = 0
    for (;;) {
      const feed = data.indexOf(lf, at)
      if (feed < 0) break
      this.line++
      this.take(data.subarray(at, feed), out)
      at = feed + 1
    }
    this.rest = data.subarray(at)
    if (this.rest.length > longestLine) throw new ReadFault('json_not_lines', { line: this.line + 1 })
    return Buffer.concat(out)
  }

  private take(bytes: Buffer, out: Buffer[]): void {
    const text = bytes.toString().trim()
    if (text === '') return
    const read = objectOf(text, bytes)
    if ('reason' in read) {
      this.rejects.add({ rowNumber: this.line, ...read, excerpt: text })
      return
    }
    collect(read.value, this.names, 0)
    this.rows++
    out.push(Buffer.from(`${this.line}\x1f${text}\x1e`))
  }
}

function objectOf(
  text: string,
  bytes: Buffer,
): { value: object } | { reason: RejectReason; detail?: string | undefined } {
  if (text.includes('\ufffd') && !isUtf8(bytes)) return { reason: 'encoding_invalid' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1]
    return { reason: 'json_malformed', detail: position && `@${Number(position) + 1}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { reason: 'json_not_object' }
  if (text.includes('\\u0000')) return { reason: 'control_character' }
  // JavaScript takes half a surrogate pair for a text, the database does not.
  if (/\\u[dD]/.test(text) && /\\ud[89a-f]/.test(JSON.stringify(value))) return { reason: 'encoding_invalid' }
  return { value }
}

function collect(value: object, names: Names, depth: number): void {
  for (const [name, child] of Object.entries(value)) {
    let known = names.children.get(name)
    if (!known) {
      known = { value: false, children: new Map() }
      names.children.set(name, known)
    }
    const inner = typeof child === 'object' && child !== null && !Array.isArray(child)
    if (inner && depth < 8 && known.children.size <= mostChildren) collect(child, known, depth + 1)
    else if (inner || child !== null) known.value = true
  }
}

interface Leaf {
  path: string[]
  /** In other lines the same name holds an object, whose parts have columns of their own. */
  mixed: boolean
}

function leavesOf(names: Names, path: string[] = []): Leaf[] {
  return [...names.children].flatMap(([name, known]) => {
    const here = [...path, name]
    if (known.children.size > mostChildren) return [{ path: here, mixed: false }]
    const inner = leavesOf(known, here)
    // A name that was always null is still a column.
    if (known.value || known.children.size === 0) return [{ path: here, mixed: inner.length > 0 }, ...inner]
    return inner
  })
}

function extract({ path, mixed }: Leaf): string {
  const literal = jsonPointer(path)
  const text = `nullif(json_extract_string(line, ${literal}), '')`
  return mixed ? `case when json_type(line, ${literal}) <> 'OBJECT' then ${text} end` : text
}
