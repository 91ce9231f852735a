import { type Bytes, headOf } from './bytes.ts'
import { type Encoding, encodingOf, normalEncoding } from './encoding.ts'
import { ReadFault } from './fault.ts'
import type { FileFormat } from './staging.ts'
import { zipEntries } from './zip.ts'

const sampleBytes = 1 << 16

export interface Detected {
  format: FileFormat
  encoding: Encoding
}

/** What a file is, by its content; the ending of its name is not looked at. */
export async function detect(bytes: Bytes, givenEncoding?: string): Promise<Detected> {
  const head = await headOf(bytes, sampleBytes)
  if (!head.length) throw new ReadFault('file_empty')
  const magic = head.toString('latin1', 0, 4)
  if (!bytes.gzip) {
    if (magic === 'PAR1') return { format: 'parquet', encoding: 'utf-8' }
    if (magic === 'PK\x03\x04' || magic === 'PK\x05\x06') return { format: await insideZip(bytes), encoding: 'utf-8' }
  }
  // OLE: a workbook of before 2007, or a protected one of after.
  if (head.length > 4 && head.readUInt32BE(0) === 0xd0cf11e0) throw new ReadFault('xls_unsupported')
  const encoding = givenEncoding === undefined ? encodingOf(head) : normalEncoding(givenEncoding)
  const text = new TextDecoder(encoding).decode(head).trimStart()
  if (text === '') throw new ReadFault('file_empty')
  if (text.startsWith('%PDF') || looksBinary(text)) throw new ReadFault('file_format_unknown')
  if (text.startsWith('<'))
    return { format: insideXml(text), encoding: givenEncoding ? encoding : declared(text, encoding) }
  if (text.startsWith('{') || text.startsWith('[')) {
    if (looksLikeJsonLines(text)) return { format: 'jsonl', encoding }
    if (looksLikeJson(text)) throw new ReadFault('json_not_lines')
  }
  return { format: 'csv', encoding }
}

/** A stray control character is for the row report, and one that comes again and again is a delimiter; data that is none has many. */
function looksBinary(text: string): boolean {
  const counts = new Map<string, number>()
  for (const c of text.match(/\p{Cc}/gu) ?? []) if (!'\t\n\r\f'.includes(c)) counts.set(c, (counts.get(c) ?? 0) + 1)
  const all = [...counts.values()].reduce((sum, n) => sum + n, 0)
  const delimiter = Math.max(0, ...[...counts].filter(([c]) => c !== '\0').map(([, n]) => n))
  return all - delimiter > text.length / 50 || text.split('\ufffd').length - 1 > text.length / 10
}

async function insideZip(bytes: Bytes): Promise<FileFormat> {
  const entries = await zipEntries(bytes.path)
  if (entries.has('[Content_Types].xml') && [...entries.keys()].some((name) => name.startsWith('xl/'))) return 'xlsx'
  throw new ReadFault('file_format_unknown')
}

function insideXml(text: string): FileFormat {
  // A declaration comes first in a file that is refused for it, so that the reason is the true one.
  if (/<!(DOCTYPE|ENTITY)(?![^>]*\bhtml\b)/i.test(text)) return 'xes'
  const root = /<([^\s!?/>]+)/.exec(text.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, ''))?.[1]
  if (root === undefined || root.split(':').at(-1) === 'log') return 'xes'
  // Tables saved as HTML under a name that ends in .xls are common, but no data format.
  if (/^(html|table|body|div)$/i.test(root)) throw new ReadFault('file_format_unknown')
  throw new ReadFault('xml_not_xes', { root: root.slice(0, 60) })
}

/** The encoding that an XML declaration names; a byte order mark tells UTF-16 without one. */
function declared(text: string, encoding: Encoding): Encoding {
  if (encoding.startsWith('utf-16')) return encoding
  const name = /^<\?xml[^>]*\bencoding\s*=\s*["']([^"']+)["']/.exec(text)?.[1]
  return name === undefined ? 'utf-8' : normalEncoding(name)
}

/** One of the first lines is an object in itself. A broken first line is for the reader to report. */
function looksLikeJsonLines(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim())
  return lines.slice(0, 20).some((line) => {
    try {
      const value: unknown = JSON.parse(line)
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    } catch {
      return lines.length === 1 && line.length > 60_000 && line.trimStart().startsWith('{')
    }
  })
}

const looksLikeJson = (text: string) => /^(\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*[[{"\d])/.test(text)
