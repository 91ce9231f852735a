/** The fact model: which tables stand in the warehouse and which columns they have. One place, read by DDL, import and questions. */
export type ColumnType = 'text' | 'bigint' | 'double' | 'timestamp' | 'date' | 'boolean'

/** What a column of a type holds in JavaScript: days as YYYY-MM-DD, instants as ISO 8601. */
export type ColumnTypeOf<T> = (T extends 'bigint' | 'double' ? number : T extends 'boolean' ? boolean : string) | null

/** Columns of every fact. `superseded_by` is 0 while the row is the newest version of its fact, else the load that replaced it. */
const identity = {
  load_id: 'bigint',
  superseded_by: 'bigint',
  source: 'text',
  // The mapped id, or '#' + hash of the content + ':' + its occurrence within the file where no id was mapped. The latter
  // is filled in only when a second load of the same source must be compared with the first (see loading.ts).
  source_id: 'text',
} as const

const context = {
  customer_key: 'bigint',
  unit_id: 'text',
  staff_key: 'bigint',
  touchpoint_id: 'text',
  product: 'text',
  channel: 'text',
  intent: 'text',
  interaction_id: 'text',
  process: 'text',
  case_key: 'text',
  segment: 'text',
  start_at: 'timestamp',
  end_at: 'timestamp',
  local_day: 'date',
} as const

const attributes = { attributes: 'text' } as const

/** One entry a fact table: its own columns beside identity and context. */
export const facts = {
  interactions: {
    ...identity,
    ...context,
    outcome: 'text', // success | failure | abandoned
    wait_seconds: 'double',
    duration_seconds: 'double',
    ...attributes,
  },
  tickets: {
    ...identity,
    ...context,
    service_type: 'text',
    customer_class: 'text',
    called_at: 'timestamp',
    service_start_at: 'timestamp',
    outcome: 'text', // served | abandoned | no_show
    queued: 'boolean',
    wait_seconds: 'double',
    service_seconds: 'double',
    ...attributes,
  },
  // One row an answered item; a wide survey file becomes several rows a respondent.
  responses: {
    ...identity,
    ...context,
    survey: 'text',
    respondent: 'text',
    item: 'text',
    metric: 'text', // nps | csat | ces | other
    score: 'double',
    scale_min: 'double',
    scale_max: 'double',
    ...attributes,
  },
  complaints: {
    ...identity,
    ...context,
    category_channel: 'text',
    category_business: 'text',
    category_reason: 'text',
    severity: 'text',
    status: 'text',
    ...attributes,
  },
  transactions: {
    ...identity,
    ...context,
    type: 'text',
    amount: 'double',
    currency: 'text',
    outcome: 'text',
    ...attributes,
  },
  events: {
    ...identity,
    ...context,
    activity: 'text',
    lifecycle: 'text',
    resource: 'text',
    position: 'bigint', // the row's place in its file: breaks ties of time
    ...attributes,
  },
} as const satisfies Record<string, Record<string, ColumnType>>

export type FactKind = keyof typeof facts
export const factKinds = Object.keys(facts) as FactKind[]

/** Dimensions copied from the Store whenever they change, and the daily rollup made from the facts. */
export const tables = {
  units: { unit_id: 'text', name: 'text', level: 'text', kind: 'text', parent_id: 'text', path: 'text' },
  touchpoints: {
    touchpoint_id: 'text',
    name: 'text',
    name_en: 'text',
    journey_id: 'text',
    stage_id: 'text',
    phase: 'text',
    facet: 'text',
    channel: 'text',
    owner_unit_id: 'text',
    moment_of_truth: 'boolean',
    position: 'bigint',
  },
  customers: { customer_key: 'bigint', unit_id: 'text', segment: 'text', birth_year: 'bigint', opened_on: 'date' },
  calendar: { day: 'date', day_of_week: 'bigint', working: 'boolean', festival: 'text' },
  // Mergeable sums: a metric's value over any set of days, units, touchpoints and channels is a sum of these rows. Segment
  // is null: only what older programs wrote has it, until `foldFiner`.
  daily: {
    local_day: 'date',
    metric: 'text',
    unit_id: 'text',
    touchpoint_id: 'text',
    channel: 'text',
    segment: 'text',
    n: 'bigint',
    total: 'double',
    total_squares: 'double',
    hits: 'bigint',
    misses: 'bigint',
  },
  // Logarithmic bins of waits, for quantiles that merge. Touchpoint and segment are null
  // likewise.
  daily_bins: {
    local_day: 'date',
    metric: 'text',
    unit_id: 'text',
    touchpoint_id: 'text',
    channel: 'text',
    segment: 'text',
    bin: 'bigint',
    n: 'bigint',
  },
} as const satisfies Record<string, Record<string, ColumnType>>

/** Tables of the machinery itself; no question may read them. */
export const internals = {
  // schema_version, data_version, dimensions_version, calendar_version
  warehouse_meta: { key: 'text', value: 'text' },
  // Intake batches whose rows are here: written in the transaction that holds the rows.
  moved_batches: { batch_id: 'bigint', load_id: 'bigint', row_count: 'bigint' },
  // Loads that brought a fact again, unchanged: undoing the first of them hands the fact to the next.
  fact_repeats: { kind: 'text', source: 'text', source_id: 'text', load_id: 'bigint' },
  // Days whose rollups are behind the facts.
  stale_days: { local_day: 'date' },
  // Days whose episodes of channel hopping are behind: under intake they are made anew less often.
  stale_episode_days: { local_day: 'date' },
} as const satisfies Record<string, Record<string, ColumnType>>
