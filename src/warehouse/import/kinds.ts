import type { Text } from '#lib/text.ts'
import { type ColumnType, type FactKind, factKinds, facts } from '../facts.ts'

export const masterKinds = ['customers', 'units', 'staff'] as const
export const importKinds = [...factKinds, ...masterKinds] as const
export type ImportKind = (typeof importKinds)[number]

export const isFactKind = (kind: ImportKind): kind is FactKind => (factKinds as readonly string[]).includes(kind)

/** What a field of a mapping means: a value of a type, or the source system's name for somebody or something. */
export interface ImportField {
  type: ColumnType
  /** Resolved to our own key while loading. */
  refersTo?: 'customer' | 'staff' | 'unit' | 'touchpoint'
  required?: boolean
  /** The only values allowed, after the mapping's own translation. */
  oneOf?: readonly string[]
  /** Personal: encrypted, kept in the Store. */
  personal?: boolean
  /** A year of somebody's life. */
  year?: boolean
}

const references = {
  customer: { type: 'text', refersTo: 'customer' },
  staff: { type: 'text', refersTo: 'staff' },
  unit: { type: 'text', refersTo: 'unit' },
  touchpoint: { type: 'text', refersTo: 'touchpoint' },
} as const satisfies Record<string, ImportField>

// Made while loading, never mapped.
const made = new Set([
  'load_id',
  'superseded_by',
  'source',
  'content_hash',
  'local_day',
  'attributes',
  'position',
  'customer_key',
  'staff_key',
  'unit_id',
  'touchpoint_id',
])

const required: Record<FactKind, readonly string[]> = {
  interactions: ['start_at'],
  tickets: ['start_at'],
  responses: ['start_at'],
  complaints: ['start_at'],
  transactions: ['start_at', 'amount'],
  events: ['case_key', 'activity', 'start_at'],
}

const oneOf: Partial<Record<FactKind, Record<string, readonly string[]>>> = {
  interactions: { outcome: ['success', 'failure', 'abandoned'] },
  tickets: { outcome: ['served', 'abandoned', 'no_show'] },
  transactions: { outcome: ['success', 'failure'] },
  responses: { metric: ['nps', 'csat', 'ces', 'other'] },
}

function fieldsOfFact(kind: FactKind): Record<string, ImportField> {
  const fields: Record<string, ImportField> = {}
  for (const [name, type] of Object.entries(facts[kind])) {
    if (made.has(name)) continue
    const values = oneOf[kind]?.[name]
    fields[name] = {
      type,
      ...(required[kind].includes(name) ? { required: true } : {}),
      ...(values ? { oneOf: values } : {}),
    }
  }
  const spoken: Record<string, ImportField> =
    kind === 'responses' || kind === 'complaints' ? { text: { type: 'text', personal: true } } : {}
  return { ...fields, ...references, ...spoken }
}

/** Every field that a mapping of this kind may fill. */
export const importFields: Record<ImportKind, Record<string, ImportField>> = {
  ...(Object.fromEntries(factKinds.map((kind) => [kind, fieldsOfFact(kind)])) as Record<
    FactKind,
    Record<string, ImportField>
  >),
  customers: {
    customer: { type: 'text', refersTo: 'customer', required: true },
    name: { type: 'text', personal: true },
    phone: { type: 'text', personal: true },
    document: { type: 'text', personal: true },
    unit: { type: 'text', refersTo: 'unit' },
    segment: { type: 'text' },
    birth_year: { type: 'bigint', year: true },
    opened_on: { type: 'date' },
  },
  units: {
    code: { type: 'text', required: true },
    name: { type: 'text', required: true },
    name_en: { type: 'text' },
    level: { type: 'text', required: true, oneOf: ['head_office', 'province', 'city', 'branch', 'team'] },
    kind: { type: 'text', oneOf: ['administration', 'branch', 'contact_centre', 'digital', 'back_office'] },
    parent: { type: 'text' },
    opened_on: { type: 'date' },
    closed_on: { type: 'date' },
  },
  staff: {
    staff: { type: 'text', refersTo: 'staff', required: true },
    name: { type: 'text', personal: true },
    unit: { type: 'text', refersTo: 'unit' },
    position: { type: 'text' },
    active: { type: 'boolean' },
  },
}

export const kindNames: Record<ImportKind, Text> = {
  interactions: { zh: '客户交互', en: 'Interactions' },
  tickets: { zh: '排队工单（叫号、来电）', en: 'Queue tickets and calls' },
  responses: { zh: '问卷回答', en: 'Survey responses' },
  complaints: { zh: '投诉', en: 'Complaints' },
  transactions: { zh: '交易', en: 'Transactions' },
  events: { zh: '流程事件日志', en: 'Process event log' },
  customers: { zh: '客户名单', en: 'Customers' },
  units: { zh: '机构', en: 'Units' },
  staff: { zh: '员工名单', en: 'Staff' },
}
