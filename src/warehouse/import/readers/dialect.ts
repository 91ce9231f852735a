import { type Dialect, RecordScanner, textsOf } from './records.ts'

export interface TextForm extends Dialect {
  header: boolean
  /** Raw names from the header, or as many empty ones as there are fields. */
  names: string[]
  /** Physical line on which the header, or the first record, stands; what precedes it has another number of fields. */
  firstLine: number
}

const candidates = [',', '\t', ';', '|', '\x01', '^', '~']
/** Signs that texts are full of, and control characters: taken only where every record agrees. */
const rarer = [...'#*@§，；', ...'\x02\x03\x1b\x1c\x1d\x1e\x1f\x7f']
const sampleRecords = 500

interface Trial extends Dialect {
  records: { line: number; fields: string[] }[]
  /** The commonest number of fields and the share of records that have it. */
  width: number
  share: number
}

/** How a text file is laid out, from its first kilobytes (UTF-8, cut at the end of a line). */
export function formOf(sample: Buffer, given: { delimiter?: string; quote?: string; header?: boolean } = {}): TextForm {
  const best = chosen(sample, given)
  const { records, width, delimiter, quote } = best
  const first = records.findIndex(({ fields }) => fields.length === width)
  // Statistics programs write row names under no heading, so the heading is one field short.
  const short = first > 0 && records[first - 1]!.fields.length === width - 1 && first === 1
  const headIndex = short && width > 2 && looksLikeHeader(records[0]!.fields, records.slice(1)) ? 0 : Math.max(first, 0)
  const head = records[headIndex]
  if (!head) return { delimiter, quote, header: false, names: [], firstLine: 1 }
  const body = records.slice(headIndex + 1).filter(({ fields }) => fields.length === width)
  const header = given.header ?? looksLikeHeader(head.fields, body)
  let names = header ? head.fields : head.fields.map(() => '')
  if (header && head.fields.length === width - 1) {
    const trailing = body.every(({ fields }) => fields.at(-1) === '')
    if (!trailing) names = ['', ...names]
  }
  return { delimiter, quote, header, names, firstLine: head.line }
}

function chosen(sample: Buffer, given: { delimiter?: string; quote?: string }): Trial {
  const quotes = given.quote !== undefined ? [given.quote] : ['"', ...(sample.includes(`'`) ? [`'`] : [])]
  const delimiters = given.delimiter !== undefined ? [given.delimiter] : candidates
  let best: Trial | undefined
  for (const quote of quotes) {
    for (const delimiter of delimiters) {
      const tried = trial(sample, { delimiter, quote })
      if (tried.width < 2 && given.delimiter === undefined) continue
      // An apostrophe quotes only where it visibly does better.
      const margin = quote === `'` ? 0.2 : 0
      if (
        !best ||
        tried.share - margin > best.share ||
        (tried.share - margin === best.share && tried.width > best.width)
      )
        best = tried
    }
  }
  if (best && (best.share >= 0.5 || given.delimiter !== undefined)) return best
  const quote = given.quote ?? '"'
  const rare = rarer
    .map((delimiter) => trial(sample, { delimiter, quote }))
    .filter(({ share, width, records }) => share === 1 && width > 2 && records.length > 1)
    .sort((a, b) => b.width - a.width)[0]
  if (rare) return rare
  const blanks = trial(sample, { delimiter: ' ', quote: '' })
  if (blanks.width >= 2 && blanks.share >= 0.95 && blanks.records.length > 1) return blanks
  return best && best.records[0]!.fields.length > 1 ? best : trial(sample, { delimiter: '', quote })
}

function trial(sample: Buffer, dialect: Dialect): Trial {
  let broken = 0
  const scanner = new RecordScanner(dialect, () => {
    broken++
  })
  const records = textsOf(scanner.push(sample, true)).slice(0, sampleRecords)
  const counts = new Map<number, number>()
  for (const { fields } of records) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1)
  let width = 0
  let most = 0
  for (const [fields, count] of counts) {
    if (count > most || (count === most && fields > width)) {
      width = fields
      most = count
    }
  }
  return { ...dialect, records, width, share: records.length ? most / (records.length + broken) : 0 }
}

const valueForm = /^[-+]?[\d.,\s%¥$€]*\d[\d.,\s%]*(?:[eE][-+]?\d+)?$|^\d{1,4}[-/.年:]\d{1,2}/

/** Names stand in a first row that holds no number or date; over text alone they must all differ. */
export function looksLikeHeader(first: readonly string[], body: readonly { fields: string[] }[]): boolean {
  if (first.some((field) => valueForm.test(field.trim()))) return false
  const valueColumn = first.some(
    (_, i) => body.length > 0 && body.every(({ fields }) => !fields[i] || valueForm.test(fields[i]!.trim())),
  )
  if (valueColumn) return first.some((field) => field !== '')
  return first.every((field) => field !== '') && new Set(first).size === first.length
}
