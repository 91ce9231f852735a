import { date, doublePrecision, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

const node = {
  id: text().primaryKey(),
  name: text().notNull(),
  nameEn: text('name_en').notNull(),
  position: integer().notNull(),
  revision: integer().notNull().default(1),
  archivedAt: timestamp('archived_at', { withTimezone: true, mode: 'string' }),
}

export const journeys = pgTable('journeys', node)

export const stages = pgTable('stages', {
  ...node,
  journeyId: text('journey_id').notNull(),
  phase: text({ enum: ['before', 'during', 'after'] }).notNull(),
})

export const touchpoints = pgTable('touchpoints', {
  ...node,
  stageId: text('stage_id').notNull(),
  facet: text({ enum: ['product', 'service', 'channel', 'people', 'brand'] }).notNull(),
  channel: text().notNull(),
  ownerUnitId: text('owner_unit_id'),
  ownerUserId: text('owner_user_id'),
})

export const moments = pgTable('moments_of_truth', {
  ...node,
  touchpointId: text('touchpoint_id').notNull(),
  why: text().notNull().default(''),
})

export const targets = pgTable('targets', {
  id: text().primaryKey(),
  metric: text().notNull(),
  touchpointId: text('touchpoint_id'),
  unitId: text('unit_id'),
  value: doublePrecision().notNull(),
  effectiveFrom: date('effective_from', { mode: 'string' }).notNull(),
  effectiveTo: date('effective_to', { mode: 'string' }),
  setBy: text('set_by').notNull(),
})
