import type { Text } from '#lib/text.ts'
import type { ColumnType } from '#warehouse/facts.ts'
import { type ImportKind, importFields, importKinds, kindNames } from '#warehouse/import/kinds.ts'
import { nameLikeness } from './synonyms.ts'

export interface SeenColumn {
  name: string
  samples: string[]
}

export interface Guess {
  kinds: { kind: ImportKind; confidence: number }[]
  /** Column -> field it seems to mean, under the likeliest or the given kind. */
  fields: Map<string, { field: string; confidence: number }>
  mapping: Record<string, unknown>
  ambiguities: { code: string; text: Text }[]
}

/** Fields that only one kind of file has; with them a kind is recognised. */
const telling: Record<ImportKind, readonly string[]> = {
  events: ['case_key', 'activity'],
  tickets: [
    'called_at',
    'wait_seconds',
    'queued',
    'service_seconds',
    'service_start_at',
    'service_type',
    'customer_class',
  ],
  responses: ['score', 'item', 'respondent', 'survey'],
  complaints: ['category_reason', 'category_business', 'severity'],
  transactions: ['amount', 'currency', 'type'],
  customers: ['document', 'birth_year', 'phone'],
  units: ['level', 'parent', 'code'],
  staff: ['position', 'active'],
  interactions: ['intent', 'outcome', 'duration_seconds'],
}

const survey = { nps: [0, 10], csat: [1, 5], ces: [1, 7] } as const
const surveyNames: Record<keyof typeof survey, readonly string[]> = {
  nps: ['nps', 'recommend', 'recommendation', '推荐意愿', '净推荐值', 'nps评分'],
  csat: ['csat', 'satisfaction', '满意度', '满意度评分'],
  ces: ['ces', 'effort', '费力度', '便捷度'],
}

/** What a file seems to be and how it would be read; what only a person can decide is said, not guessed. */
export function guessMapping(input: {
  columns: readonly SeenColumn[]
  fileName: string
  format: string
  kind?: ImportKind | undefined
}): Guess {
  const { columns, format } = input
  const kinds = format === 'xes' ? [{ kind: 'events' as const, confidence: 1 }] : rankKinds(columns)
  const kind = input.kind ?? kinds[0]?.kind ?? 'interactions'
  const fields = matchFields(columns, kind)
  const items =
    kind === 'responses' && ![...fields.values()].some(({ field }) => field === 'score')
      ? guessItems(columns, fields)
      : []
  const ambiguities: Guess['ambiguities'] = []
  const unsure = (code: string, zh: string, en: string) => ambiguities.push({ code, text: { zh, en } })

  if (!input.kind) {
    const [first, second] = kinds
    if (!first || first.confidence < 0.6 || (second && first.confidence - second.confidence < 0.2)) {
      unsure('kind', '文件类型不明确，请选择导入类型。', 'Which kind of data this is: several fit, or none.')
    }
  }
  const byField = new Map<string, string[]>()
  for (const [column, { field }] of fields) byField.set(field, [...(byField.get(field) ?? []), column])
  for (const [field, named] of byField) {
    if (named.length > 1)
      unsure(
        `field:${field}`,
        `“${field}”可对应多列：${named.join('、')}。`,
        `Which column is ${field}: ${named.join(', ')}.`,
      )
  }
  for (const [field, { required }] of Object.entries(importFields[kind])) {
    if (required && !byField.has(field))
      unsure(
        `missing:${field}`,
        `缺少必填项“${field}”，请指定对应列。`,
        `No column was found for ${field}, which ${kindNames[kind].en.toLowerCase()} need.`,
      )
  }
  if (kind === 'responses' && items.length === 0 && !byField.has('score'))
    unsure(
      'items',
      '未找到评分列，请指定题目列及量尺。',
      'No column of scores was found: say which columns are items, and their scales.',
    )
  for (const column of ambiguousDates(columns, fields, kind)) {
    unsure(
      `date:${column}`,
      `“${column}”的日期顺序（日/月）无法确定，请指定格式。`,
      `Day and month cannot be told apart in ${column}: give its format.`,
    )
  }
  for (const column of decimalCommas(columns, fields, kind)) {
    unsure(
      `decimal:${column}`,
      `“${column}”中的逗号是小数点还是千分位无法确定，请指定小数点。`,
      `Whether ${column} has decimal commas: say its decimal sign.`,
    )
  }
  if (kind === 'responses' && byField.has('score') && !byField.has('metric'))
    unsure(
      'metric',
      '未说明评分属于哪项指标（NPS、CSAT、CES 或其他）。',
      'Which metric the scores measure: nps, csat, ces or other.',
    )
  if (kind === 'events') unsure('process', '请给流程命名。', 'Name the process that this log belongs to.')

  const process = processName(input.fileName)
  return {
    kinds,
    fields,
    ambiguities,
    mapping: {
      kind,
      source: kind === 'events' ? process : kind,
      ...(kind === 'events' ? { process } : {}),
      columns: Object.fromEntries([...byField].map(([field, [column]]) => [field, column])),
      ...(items.length ? { items } : {}),
    },
  }
}

function matchFields(columns: readonly SeenColumn[], kind: ImportKind): Guess['fields'] {
  const found: Guess['fields'] = new Map()
  for (const column of columns) {
    let best: { field: string; confidence: number } | undefined
    for (const [field, { type }] of Object.entries(importFields[kind])) {
      const confidence = likeness(kind, column.name, field) * fit(type, column.samples)
      if (confidence > (best?.confidence ?? 0)) best = { field, confidence }
    }
    if (best) found.set(column.name, best)
  }
  // A field's own name beats another column's synonym for it.
  for (const [column, { field, confidence }] of [...found]) {
    if (confidence < 1 && [...found].some(([other, o]) => other !== column && o.field === field && o.confidence === 1))
      found.delete(column)
  }
  return found
}

/** Of a file of interactions the number of the interaction is the row's own; elsewhere it is what the row belongs to. */
function likeness(kind: ImportKind, column: string, field: string): number {
  if (kind !== 'interactions') return nameLikeness(column, field)
  if (field === 'interaction_id') return 0
  return field === 'source_id'
    ? Math.max(nameLikeness(column, field), nameLikeness(column, 'interaction_id'))
    : nameLikeness(column, field)
}

function rankKinds(columns: readonly SeenColumn[]): Guess['kinds'] {
  return importKinds
    .map((kind) => {
      const named = new Set([...matchFields(columns, kind).values()].map(({ field }) => field))
      const required = Object.entries(importFields[kind]).filter(([, field]) => field.required)
      const has = required.filter(([field]) => named.has(field)).length / Math.max(1, required.length)
      const tells = telling[kind].filter((field) => named.has(field)).length
      const asks = kind === 'responses' && guessItems(columns, new Map()).length > 0 ? 2 : 0
      // Interactions have little of their own: they are what is left.
      const weight = kind === 'interactions' ? 0.15 : kind === 'events' || kind === 'units' ? 0.25 : 0.2
      return { kind, confidence: Math.min(1, 0.35 * has + weight * Math.min(3, tells + asks)) }
    })
    .filter(({ confidence }) => confidence > 0.3)
    .sort((a, b) => b.confidence - a.confidence)
}

function guessItems(columns: readonly SeenColumn[], taken: Guess['fields']) {
  return columns.flatMap((column) => {
    if (taken.has(column.name)) return []
    const name = column.name.toLowerCase()
    const metric = (Object.keys(survey) as (keyof typeof survey)[]).find((id) => surveyNames[id].includes(name))
    const numbers = column.samples.map(Number)
    if (!metric || numbers.length === 0 || !numbers.every(Number.isFinite)) return []
    const [low, high] = survey[metric]
    return numbers.every((value) => value >= low && value <= high)
      ? [{ column: column.name, metric, scale: [low, high] }]
      : []
  })
}

const timeLike = /^\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/
/** Commas that do not stand between thousands. */
const withComma = /^[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+$/
const betweenThousands = /^[+-]?\d{1,3}(,\d{3})+$/
const eitherWay = /^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}/

/** How well values suit a type, 0…1. A bad value among good ones is a row to report, not another meaning of the column. */
function fit(type: ColumnType, samples: readonly string[]): number {
  const given = samples.map((sample) => sample.trim()).filter((sample) => sample !== '')
  if (given.length === 0 || type === 'text') return 1
  const share = given.filter((sample) => suits(type, sample)).length / given.length
  return share >= 0.6 ? share : 0
}

function suits(type: Exclude<ColumnType, 'text'>, sample: string): boolean {
  switch (type) {
    case 'double':
    case 'bigint':
      return Number.isFinite(Number(sample.replace(/[,，\s]/g, ''))) || withComma.test(sample)
    case 'boolean':
      return /^(0|1|true|false|t|f|yes|no|y|n|是|否|有|无)$/i.test(sample)
    default:
      return timeLike.test(sample) || eitherWay.test(sample)
  }
}

/** Date columns whose samples would be read one way in London and another in Boston. */
function ambiguousDates(columns: readonly SeenColumn[], fields: Guess['fields'], kind: ImportKind): string[] {
  return columns
    .filter((column) => {
      const type = importFields[kind][fields.get(column.name)?.field ?? '']?.type
      return (type === 'timestamp' || type === 'date') && column.samples.some((sample) => eitherWay.test(sample.trim()))
    })
    .map((column) => column.name)
}

function decimalCommas(columns: readonly SeenColumn[], fields: Guess['fields'], kind: ImportKind): string[] {
  const decimal = (sample: string) => withComma.test(sample) && !betweenThousands.test(sample)
  return columns
    .filter(
      ({ name, samples }) =>
        importFields[kind][fields.get(name)?.field ?? '']?.type === 'double' &&
        samples.some((sample) => decimal(sample.trim())),
    )
    .map(({ name }) => name)
}

/** A process's name from its file: `loan-2026-01.csv.gz` is `loan`, so that the extracts of all months are one log. */
function processName(fileName: string): string {
  const base = fileName
    .replace(/\.(gz|csv|tsv|txt|jsonl|ndjson|parquet|xlsx|xes)(?=\.|$)/gi, '')
    .replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '_')
    .replace(/[-_]+(19|20)\d\d([-_]?\d{1,2}){0,2}([-_]?q[1-4])?$/i, '')
  return base.slice(0, 60) || 'process'
}
