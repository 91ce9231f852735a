import { mostColumns } from './blocks.ts'
import { type Bytes, contentOf } from './bytes.ts'
import type { ByteDictionary } from './dictionary.ts'
import { utf8Of } from './encoding.ts'
import { ReadFault } from './fault.ts'
import { instantMicros, isoOfMicros } from './instants.ts'
import { RejectTable } from './rejects.ts'
import { columnNames, type ReadOptions, type Staged, type Staging, sampled } from './staging.ts'
import { JsonObject, jsonValue } from './xesAttributes.ts'
import { EventShortcut, type PlainAttribute, type PlainEvent, slotOfKey, slots } from './xesShortcut.ts'
import { type AttributeColumn, LogTables } from './xesStaging.ts'
import { XmlScanner } from './xml.ts'

const scalarTypes = new Set(['string', 'date', 'int', 'float', 'boolean', 'id'])
const containerTypes = new Set(['list', 'container'])

/** What the element just entered means; children are read by it. */
type Place = 'log' | 'trace' | 'event' | 'attribute' | 'ignored'

/**
 * Reads an event log in XES (IEEE 1849) as a stream. Extensions, globals, classifiers and the log's own attributes are
 * passed over; children of an attribute become attributes named `parent.child`.
 */
export async function readXes(bytes: Bytes, encoding: string, staging: Staging, options: ReadOptions): Promise<Staged> {
  const tables = await LogTables.create(staging)
  const rejects = await RejectTable.create(staging)
  const log = new LogReader(tables, rejects, options.timeZone)
  const scanner = new XmlScanner(log)
  let partial = false
  try {
    for await (const piece of utf8Of(contentOf(bytes), encoding)) {
      scanner.push(piece)
      options.onProgress?.({ bytesRead: bytes.bytesRead, bytesTotal: bytes.bytesTotal, rows: log.events })
      partial = log.events >= (options.firstRows ?? Number.POSITIVE_INFINITY)
      if (partial) break
    }
    if (partial) log.leaveTrace()
    else scanner.end()
  } finally {
    tables.close()
    rejects.close()
  }
  const others = attributeColumns(log)
  const coded = await tables.finish(log.eventAttributes.size > 0, others)
  const names = [...ownColumns.filter((name) => name !== 'attributes'), ...others.map(({ name }) => name)]
  return {
    format: 'xes',
    table: staging.named(),
    columns: await sampled(staging, options, staging.named(), names, coded.rows),
    rows: tables.rowCount,
    rejects: rejects.count,
    rejectTable: rejects.name,
    found: {
      encoding,
      partial,
      traces: log.traces,
      tracesWithoutName: log.tracesWithoutName,
      repeatedTraces: tables.repeatedTraces,
      eventsOutsideTraces: log.eventsOutsideTraces,
    },
    log: { ...coded, eventAttributes: [...log.eventAttributes], caseAttributes: [...log.caseAttributes] },
    drop: () => staging.drop(),
  }
}

const ownColumns = ['case_id', 'activity', 'lifecycle', 'at', 'resource', 'attributes']

/** Further attributes as columns that a mapping may name: those of an event by their key, those of its case as `case:key`. */
function attributeColumns(log: LogReader): AttributeColumn[] {
  const found = [
    ...[...log.eventAttributes].map((key) => ({ key, of: 'event' as const, plain: key })),
    ...[...log.caseAttributes].map((key) => ({ key, of: 'case' as const, plain: `case:${key}` })),
  ]
  if (found.length > mostColumns) throw new ReadFault('columns_too_many', { columns: found.length })
  const names = columnNames([...ownColumns, ...found.map(({ plain }) => plain)]).slice(ownColumns.length)
  return found.map(({ key, of }, i) => ({ key, of, name: names[i]! }))
}

class LogReader {
  readonly entityRefused = 'xes_entity_refused' as const
  readonly eventAttributes = new Set<string>()
  readonly caseAttributes = new Set<string>()
  events = 0
  traces = 0
  tracesWithoutName = 0
  eventsOutsideTraces = 0

  private readonly tables: LogTables
  private readonly rejects: RejectTable
  private readonly timeZone: string | undefined
  private readonly eventShortcut: EventShortcut
  private readonly places: Place[] = []
  private readonly path: string[] = []
  private inTrace = false
  private caseName: string | null = null
  private caseJson = new JsonObject()
  private eventTexts: (string | undefined)[] = []
  private eventJson = new JsonObject()

  constructor(tables: LogTables, rejects: RejectTable, timeZone?: string) {
    this.tables = tables
    this.rejects = rejects
    this.timeZone = timeZone
    const dictionaries: (ByteDictionary | undefined)[] = []
    dictionaries[slots.activity] = tables.activities
    dictionaries[slots.lifecycle] = tables.lifecycles
    dictionaries[slots.resource] = tables.resources
    this.eventShortcut = new EventShortcut(
      dictionaries,
      (event) => this.plainEvent(event),
      (attribute) => this.plainAttribute(attribute),
    )
  }

  shortcut(bytes: Buffer, at: number, end: number): number {
    const place = this.places.at(-1)
    if (place === 'trace') return this.eventShortcut.readTrace(bytes, at, end)
    return place === 'log' ? this.eventShortcut.read(bytes, at, end) : at
  }

  open(name: string, attributes: Map<string, string>, offset: number): void {
    const parent = this.places.at(-1)
    this.places.push(this.enter(parent, name, attributes, offset))
  }

  private enter(parent: Place | undefined, name: string, attributes: Map<string, string>, offset: number): Place {
    if (parent === undefined) {
      if (name !== 'log') throw new ReadFault('xml_not_xes', { root: name }, offset)
      return 'log'
    }
    if (parent === 'log' && name === 'trace') {
      this.inTrace = true
      this.traces++
      this.caseName = null
      this.caseJson = new JsonObject()
      return 'trace'
    }
    if (name === 'event' && (parent === 'log' || parent === 'trace')) {
      this.eventTexts = []
      this.eventJson = new JsonObject()
      return 'event'
    }
    if (parent === 'trace' || parent === 'event' || parent === 'attribute') {
      if (scalarTypes.has(name) || containerTypes.has(name)) {
        this.attribute(name, attributes, offset)
        return 'attribute'
      }
      if (name === 'values' && parent === 'attribute') {
        this.path.push('')
        return 'attribute'
      }
    }
    return 'ignored'
  }

  close(): void {
    const place = this.places.pop()
    if (place === 'attribute') this.path.pop()
    else if (place === 'event') this.endEvent()
    else if (place === 'trace') this.endTrace()
  }

  private attribute(type: string, attributes: Map<string, string>, offset: number): void {
    const key = attributes.get('key')
    if (key === undefined) throw new ReadFault('xml_malformed', { what: `<${type}> without a key` }, offset)
    this.path.push(key)
    if (containerTypes.has(type)) return
    const value = attributes.get('value')
    if (value === undefined) throw new ReadFault('xml_malformed', { what: `<${type}> without a value` }, offset)
    const inEvent = this.places.includes('event')
    if (this.path.length === 1) {
      const slot = slotOfKey.get(key) ?? slots.other
      if (inEvent && slot !== slots.other) {
        this.eventTexts[slot] = value
        return
      }
      if (!inEvent && slot === slots.activity) {
        this.caseName = value === '' ? null : value
        return
      }
    }
    const name = this.path.filter((part) => part !== '').join('.')
    ;(inEvent ? this.eventAttributes : this.caseAttributes).add(name)
    ;(inEvent ? this.eventJson : this.caseJson).add(name, jsonValue(type, value, this.timeZone))
  }

  private plainAttribute({ type, key, value, micros }: PlainAttribute): void {
    if (slotOfKey.get(key) === slots.activity) {
      this.caseName = value === '' ? null : value
      return
    }
    this.caseAttributes.add(key)
    const json = Number.isNaN(micros) ? jsonValue(type, value, this.timeZone) : JSON.stringify(isoOfMicros(micros))
    this.caseJson.add(key, json)
  }

  private plainEvent(event: PlainEvent): void {
    const row = ++this.events
    const { others } = event
    if (others.length) {
      const json = new JsonObject()
      for (let i = 0; i < others.length; i += 3) {
        this.eventAttributes.add(others[i + 1]!)
        json.add(others[i + 1]!, jsonValue(others[i]!, others[i + 2]!, this.timeZone))
      }
      this.tables.addAttributes(row, json.toString())
    }
    this.row(row, event.activity, event.lifecycle, event.resource, event.micros)
  }

  private endEvent(): void {
    const row = ++this.events
    const texts = this.eventTexts
    const at = texts[slots.at] || undefined
    const micros = at === undefined ? Number.NaN : instantMicros(at, this.timeZone)
    if (micros === undefined) {
      this.rejects.add({ rowNumber: row, column: 'time:timestamp', reason: 'timestamp_invalid', excerpt: at! })
      return
    }
    if (!this.eventJson.empty) this.tables.addAttributes(row, this.eventJson.toString())
    const { activities, lifecycles, resources } = this.tables
    const code = (dictionary: ByteDictionary, slot: number) => (texts[slot] ? dictionary.codeOf(texts[slot]!) : 0)
    this.row(
      row,
      code(activities, slots.activity),
      code(lifecycles, slots.lifecycle),
      code(resources, slots.resource),
      micros,
    )
  }

  private row(row: number, activity: number, lifecycle: number, resource: number, micros: number): void {
    if (!this.inTrace) this.eventsOutsideTraces++
    this.tables.addRow(row, this.inTrace ? this.traces : 0, activity, lifecycle, resource, micros)
  }

  /** Keeps the case of events already taken where reading stops within a trace. */
  leaveTrace(): void {
    if (this.inTrace) this.endTrace()
  }

  private endTrace(): void {
    this.inTrace = false
    if (this.caseName === null) this.tracesWithoutName++
    this.tables.addCase(this.traces, this.caseName, this.caseJson.empty ? null : this.caseJson.toString())
  }
}
