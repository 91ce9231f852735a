import { ReadFault } from './fault.ts'
import { XmlScanner } from './xml.ts'
import { type ZipEntry, zipContent } from './zip.ts'

export interface Workbook {
  sheets: { name: string; part: string; hidden: boolean }[]
  /** Days count from 1904 instead of 1900. */
  from1904: boolean
  sharedStringsPart: string | undefined
  stylesPart: string | undefined
}

interface Handler {
  open(name: string, attributes: Map<string, string>): void
  close?(name: string): void
  text?(value: string): void
  shortcut?(bytes: Buffer, at: number, end: number): number
}

export interface Archive {
  path: string
  entries: Map<string, ZipEntry>
}

/** Walks through one XML part; whatever is wrong with it is said of the part. */
export async function* walk(archive: Archive, part: string, handler: Handler, onRead?: (bytes: number) => void) {
  const entry = archive.entries.get(part)
  if (!entry) throw new ReadFault('xlsx_malformed', { part, what: 'missing' })
  const scanner = new XmlScanner({ entityRefused: 'xlsx_malformed', close: () => undefined, ...bound(handler) })
  try {
    for await (const piece of zipContent(archive.path, entry, onRead)) {
      scanner.push(piece)
      yield
    }
    scanner.end()
  } catch (error) {
    if (
      !(error instanceof ReadFault) ||
      !['xml_malformed', 'encoding_invalid', 'xlsx_malformed'].includes(error.reason)
    )
      throw error
    throw new ReadFault('xlsx_malformed', { part, ...error.detail })
  }
}

const bound = (handler: Handler) => ({
  open: (name: string, attributes: Map<string, string>) => handler.open(name, attributes),
  ...(handler.close ? { close: (name: string) => handler.close!(name) } : {}),
  ...(handler.shortcut
    ? { shortcut: (bytes: Buffer, at: number, end: number) => handler.shortcut!(bytes, at, end) }
    : {}),
  ...(handler.text ? { text: (value: string) => handler.text!(value) } : {}),
})

export async function walkAll(archive: Archive, part: string, handler: Handler): Promise<void> {
  for await (const _ of walk(archive, part, handler));
}

const relationType = (attributes: Map<string, string>) => attributes.get('Type')?.split('/').at(-1)

/** Which part holds which sheet (ECMA-376 part 1, 18.2). */
export async function readWorkbook(archive: Archive): Promise<Workbook> {
  let main = 'xl/workbook.xml'
  await walkAll(archive, '_rels/.rels', {
    open(name, attributes) {
      if (name === 'Relationship' && relationType(attributes) === 'officeDocument')
        main = (attributes.get('Target') ?? main).replace(/^\//, '')
    },
  })
  const folder = main.slice(0, main.lastIndexOf('/') + 1)
  const target = new Map<string, string>()
  const book: Workbook = { sheets: [], from1904: false, sharedStringsPart: undefined, stylesPart: undefined }
  await walkAll(archive, `${folder}_rels/${main.slice(folder.length)}.rels`, {
    open(name, attributes) {
      const to = attributes.get('Target')
      if (name !== 'Relationship' || !to) return
      const part = to.startsWith('/') ? to.slice(1) : folder + to
      target.set(attributes.get('Id') ?? '', part)
      if (relationType(attributes) === 'sharedStrings') book.sharedStringsPart = part
      if (relationType(attributes) === 'styles') book.stylesPart = part
    },
  })
  await walkAll(archive, main, {
    open(name, attributes) {
      if (name === 'workbookPr') book.from1904 = ['1', 'true'].includes(attributes.get('date1904') ?? '')
      if (name !== 'sheet') return
      // The prefix of the relationship's id is the author's choice.
      const id = [...attributes].find(([key]) => key.endsWith(':id'))?.[1]
      const part = target.get(id ?? '')
      if (part)
        book.sheets.push({
          name: attributes.get('name') ?? '',
          part,
          hidden: attributes.has('state') && attributes.get('state') !== 'visible',
        })
    },
  })
  return book
}

const mostSharedText = 256 << 20

/** The strings that cells share, without the phonetic guides of East Asian text. */
export async function readSharedStrings(archive: Archive, part: string): Promise<string[]> {
  const strings: string[] = []
  let current = ''
  let inText = false
  let phonetic = 0
  let total = 0
  await walkAll(archive, part, {
    open(name) {
      if (name === 'si') current = ''
      else if (name === 'rPh') phonetic++
      else if (name === 't') inText = phonetic === 0
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'rPh') phonetic--
      else if (name === 'si') {
        strings.push(current)
        total += current.length
        if (total > mostSharedText) throw new ReadFault('xlsx_too_large', { part })
      }
    },
    text(value) {
      if (inText) current += value
    },
  })
  return strings
}

export type CellKind = 'number' | 'day' | 'instant' | 'time' | 'duration'

/** What the number of a cell stands for, by the index of its style. */
export async function readCellKinds(archive: Archive, part: string): Promise<CellKind[]> {
  const formats = new Map<number, CellKind>()
  const kinds: CellKind[] = []
  let inCells = false
  await walkAll(archive, part, {
    open(name, attributes) {
      if (name === 'numFmt')
        formats.set(Number(attributes.get('numFmtId')), kindOfFormat(attributes.get('formatCode') ?? ''))
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) {
        const id = Number(attributes.get('numFmtId') ?? 0)
        kinds.push(formats.get(id) ?? builtIn(id))
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return kinds
}

/** The number formats that every workbook knows (ECMA-376 part 1, 18.8.30), with the East Asian ones. */
function builtIn(id: number): CellKind {
  if (id === 22) return 'instant'
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id === 36 || (id >= 50 && id <= 54) || id === 57 || id === 58)
    return 'day'
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id === 45 || id === 47 || id === 55 || id === 56)
    return 'time'
  return id === 46 ? 'duration' : 'number'
}

function kindOfFormat(code: string): CellKind {
  if (/^general$/i.test(code)) return 'number'
  const section = code
    .split(';')[0]!
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .toLowerCase()
  if (/\[(h+|m+|s+)\]/.test(section)) return 'duration'
  const letters = section.replace(/\[[^\]]*\]/g, '')
  const clock = /[hs]|上午|am\/pm/.test(letters)
  const calendar = /[yd]|e+(?![+-])/.test(letters) || (!clock && /m/.test(letters))
  if (calendar) return clock ? 'instant' : 'day'
  return clock ? 'time' : 'number'
}

/** A serial day number as text: a day, a local instant without zone, or a time of day. */
export function serialText(serial: number, kind: CellKind, from1904: boolean): string | undefined {
  if (!Number.isFinite(serial) || serial < 0 || serial > 2_958_466) return undefined
  const millis = Math.round(serial * 86_400_000)
  const clock = (total: number) => {
    const seconds = Math.floor(total / 1000)
    const part = (value: number) => String(value).padStart(2, '0')
    const rest = total % 1000
    const text = `${part(Math.floor(seconds / 3600))}:${part(Math.floor(seconds / 60) % 60)}:${part(seconds % 60)}`
    return rest ? `${text}.${String(rest).padStart(3, '0')}` : text
  }
  if (kind === 'duration' || (kind === 'time' && serial < 1)) return clock(millis)
  // Excel's 1900 has a 29th of February: before March the count is one day ahead.
  const epoch = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30)
  const sinceMidnight = millis % 86_400_000
  const day = dayText((epoch + millis - sinceMidnight) / 86_400_000)
  return kind === 'day' && sinceMidnight === 0 ? day : `${day}T${clock(sinceMidnight)}`
}

const dayTexts = new Map<number, string>()

function dayText(day: number): string {
  let text = dayTexts.get(day)
  if (text === undefined) {
    text = new Date(day * 86_400_000).toISOString().slice(0, 10)
    if (dayTexts.size < 50_000) dayTexts.set(day, text)
  }
  return text
}

/** A number as a person would read it: binary noise beyond Excel's fifteen digits removed. */
export function numberText(literal: string): string {
  if (/^-?\d+$/.test(literal)) return literal
  const number = Number(literal)
  if (literal.trim() === '' || !Number.isFinite(number)) return literal
  const short = Number(number.toPrecision(15))
  const text = String(short)
  return text.includes('e') && Number.isInteger(short) && Math.abs(short) < 1e22 ? BigInt(short).toString() : text
}
