import { bigint, date, doublePrecision, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import type { z } from 'zod'
import type { Text } from '#lib/text.ts'
import type { chartKinds, guard, measure } from './contract.ts'

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' })
const day = (name: string) => date(name, { mode: 'string' })

export type Measure = z.output<typeof measure>
export type Guard = z.output<typeof guard>

/** A reason or warning, with the sentence that was said when the effect was judged. */
export interface Reason {
  code: string
  text: Text
  detail?: Record<string, string | number>
}

export interface GuardOutcome {
  metric: string
  /** null: no margin was stated. */
  tolerance: number | null
  estimate: number | null
  low: number | null
  high: number | null
  holds: boolean | null
}

export interface EffectDetail {
  points: { from: string; treated: number | null; control: number | null; n: number }[]
  controlUnits: string[]
  /** Comparisons: each block's difference to the last one before the start; those before it should lie around zero. */
  leads?: { from: string; estimate: number; low: number; high: number }[]
  /** Which control chart was drawn. */
  chart?: (typeof chartKinds)[number]
}

export const actions = pgTable('actions', {
  id: text().primaryKey(),
  findingId: text('finding_id'),
  unitId: text('unit_id').notNull(),
  title: text().notNull(),
  description: text().notNull().default(''),
  ownerUserId: text('owner_user_id'),
  dueOn: day('due_on').notNull(),
  state: text({ enum: ['planned', 'locked', 'running', 'finished', 'decided', 'cancelled'] })
    .notNull()
    .default('planned'),
  measure: jsonb().$type<Measure>().notNull(),
  guards: jsonb().$type<Guard[]>().notNull(),
  design: text({ enum: ['did', 'its', 'xmr'] }).notNull(),
  expectedEffect: doublePrecision('expected_effect').notNull(),
  startOn: day('start_on').notNull(),
  analysisOn: day('analysis_on').notNull(),
  lockedAt: instant('locked_at'),
  lockedBy: text('locked_by'),
  registration: text(),
  registrationHash: text('registration_hash'),
  startedOn: day('started_on'),
  finishedOn: day('finished_on'),
  cancelledReason: text('cancelled_reason'),
  cost: doublePrecision(),
  revision: integer().notNull().default(1),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
})

export const actionHistory = pgTable('action_history', {
  id: text().primaryKey(),
  actionId: text('action_id').notNull(),
  at: instant('at').notNull(),
  actor: text().notNull(),
  actorKind: text('actor_kind').notNull(),
  event: text().notNull(),
  note: text(),
  before: jsonb().$type<Record<string, unknown>>().notNull(),
  undoneAt: instant('undone_at'),
})

export const effects = pgTable('effects', {
  id: text().primaryKey(),
  actionId: text('action_id').notNull(),
  kind: text({ enum: ['primary', 'recheck'] }).notNull(),
  estimatedAt: instant('estimated_at').notNull(),
  through: day('through').notNull(),
  designRegistered: text('design_registered', { enum: ['did', 'its', 'xmr'] }).notNull(),
  designUsed: text('design_used', { enum: ['did', 'its', 'xmr', 'before_after'] }).notNull(),
  estimate: doublePrecision(),
  low: doublePrecision(),
  high: doublePrecision(),
  pValue: doublePrecision('p_value'),
  n: bigint({ mode: 'number' }).notNull(),
  grade: text({ enum: ['A', 'B', 'C', 'D', 'E'] }).notNull(),
  verdict: text({ enum: ['proved', 'not_proved', 'worse', 'not_measurable'] }).notNull(),
  reasons: jsonb().$type<Reason[]>().notNull(),
  warnings: jsonb().$type<Reason[]>().notNull(),
  guards: jsonb().$type<GuardOutcome[]>().notNull(),
  detail: jsonb().$type<EffectDetail>().notNull(),
  customersHelped: bigint('customers_helped', { mode: 'number' }).notNull(),
  definitionVersion: integer('definition_version').notNull(),
  decision: text({ enum: ['standardise', 'adjust', 'roll_back'] }),
  decisionNote: text('decision_note'),
  decidedBy: text('decided_by'),
  decidedAt: instant('decided_at'),
  revision: integer().notNull().default(1),
})

export const reminders = pgTable('reminders', {
  id: text().primaryKey(),
  userId: text('user_id').notNull(),
  kind: text().notNull(),
  objectKind: text('object_kind', { enum: ['action', 'finding', 'effect'] }).notNull(),
  objectId: text('object_id').notNull(),
  dueOn: day('due_on'),
  createdAt: instant('created_at').notNull(),
  snoozedUntil: day('snoozed_until'),
  doneAt: instant('done_at'),
})
