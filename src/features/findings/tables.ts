import {
  bigint,
  boolean,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' })

export const findings = pgTable('findings', {
  id: text().primaryKey(),
  finder: text().notNull(),
  metric: text().notNull(),
  touchpointId: text('touchpoint_id'),
  unitId: text('unit_id').notNull(),
  segment: text(),
  direction: text({ enum: ['worse', 'missing'] }).notNull(),
  state: text({ enum: ['new', 'accepted', 'dismissed', 'resolved', 'merged'] })
    .notNull()
    .default('new'),
  reason: text(),
  note: text(),
  decidedBy: text('decided_by'),
  decidedAt: instant('decided_at'),
  ownerUserId: text('owner_user_id'),
  revision: integer().notNull().default(1),
  severity: doublePrecision().notNull().default(0),
  confidence: doublePrecision().notNull().default(0),
  loss: doublePrecision().notNull().default(0),
  customersAffected: bigint('customers_affected', { mode: 'number' }).notNull().default(0),
  parentId: text('parent_id'),
  mergedInto: text('merged_into'),
  firstPeriod: text('first_period').notNull(),
  lastPeriod: text('last_period').notNull(),
  lastSeenPeriod: text('last_seen_period').notNull(),
  dismissedLoss: doublePrecision('dismissed_loss'),
  returnedAt: instant('returned_at'),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
})

/** The question behind a number, with its parameters: whoever reads the number can ask it again. */
export interface Evidence {
  question: string
  parameters: Record<string, unknown>
}

export interface ObservationEvidence {
  value: Evidence
  reference: Evidence | null
  /** The window tested and what it was compared with, as local days. */
  window: { from: string; to: string }
  comparedWith: { kind: 'target' | 'own_past' | 'trend' | 'coverage'; from: string | null; to: string | null }
  /** Which change of comparable units over the same months was taken out; null where there are none. */
  othersChange: number | null
  /** The smallest difference that matters, which the test granted beforehand. */
  margin: number
  /** The error allotted to this test and the number of hypotheses tested beside it. */
  alpha: number
  hypotheses: number
}

export const findingObservations = pgTable('finding_observations', {
  id: text().primaryKey(),
  findingId: text('finding_id').notNull(),
  period: text().notNull(),
  windowMonths: integer('window_months').notNull(),
  value: doublePrecision(),
  reference: doublePrecision(),
  difference: doublePrecision(),
  low: doublePrecision(),
  high: doublePrecision(),
  n: bigint({ mode: 'number' }).notNull(),
  pValue: doublePrecision('p_value'),
  significant: boolean().notNull(),
  customersAffected: bigint('customers_affected', { mode: 'number' }).notNull().default(0),
  late: boolean().notNull().default(false),
  definitionVersion: integer('definition_version').notNull(),
  evidence: jsonb().$type<ObservationEvidence>().notNull(),
  createdAt: instant('created_at').notNull(),
})

export const finderPeriods = pgTable(
  'finder_periods',
  {
    finder: text().notNull(),
    period: text().notNull(),
    finderVersion: integer('finder_version').notNull(),
    alpha: doublePrecision().notNull(),
    hypotheses: integer().notNull(),
    rejected: integer().notNull(),
    factsN: bigint('facts_n', { mode: 'number' }).notNull(),
    lateN: bigint('late_n', { mode: 'number' }).notNull().default(0),
    testedAt: instant('tested_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.finder, table.period] })],
)

export const findingHistory = pgTable('finding_history', {
  id: text().primaryKey(),
  findingId: text('finding_id').notNull(),
  at: instant('at').notNull(),
  actor: text().notNull(),
  actorKind: text('actor_kind').notNull(),
  event: text().notNull(),
  reason: text(),
  note: text(),
  before: jsonb().$type<Record<string, unknown>>().notNull(),
  undoneAt: instant('undone_at'),
})

export const findingWatches = pgTable(
  'finding_watches',
  {
    findingId: text('finding_id').notNull(),
    userId: text('user_id').notNull(),
    since: instant('since').notNull(),
  },
  (table) => [primaryKey({ columns: [table.findingId, table.userId] })],
)
