import { z } from 'zod'
import { narrow } from '#access/narrow.ts'
import type { Services } from '#features/services.ts'
import { ok } from '#lib/result.ts'
import { question } from '#warehouse/question.ts'
import { states } from '../contract.ts'
import { type FindingRow, listFindings } from '../data.ts'

/** What hurts most now: the findings the reader may see, ranked. The answer stands in the store, not in the warehouse. */
export const findingsRanked = question({
  id: 'findings.ranked',
  version: 1,
  title: { zh: '问题发现排序', en: 'Findings, ranked' },
  definition: {
    zh: '按“损失步数 × 影响客户数 × 关键时刻系数 × 置信度”由高到低；尚未恢复者在前；已被下级问题解释的不单列。',
    en: 'By loss in steps × customers affected × moment of truth × confidence; what has not recovered first; without those another one explains.',
  },
  permission: 'findings.read',
  parameters: z.strictObject({
    unit: z.string().max(64).optional(),
    state: z.enum([...states, 'open', 'all']).default('all'),
    /** yes: those that another finding explains, too. */
    folded: z.enum(['yes', 'no']).default('no'),
    limit: z.int().min(1).max(1000).default(200),
  }),
  row: z.object({
    id: z.string(),
    state: z.enum(states),
    finder: z.string(),
    metric: z.string(),
    touchpoint: z.string().nullable(),
    touchpointName: z.string().nullable(),
    unit: z.string(),
    unitName: z.string(),
    segment: z.string().nullable(),
    direction: z.string(),
    value: z.number().nullable(),
    reference: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    n: z.int(),
    customersAffected: z.int(),
    severity: z.number(),
    confidence: z.number(),
    firstPeriod: z.string(),
    lastPeriod: z.string(),
    lastSeenPeriod: z.string(),
    period: z.string(),
    current: z.boolean(),
    foldedInto: z.string().nullable(),
    title: z.string(),
    titleEn: z.string(),
  }),
  prepare: async ({ parameters, scope, services }) => {
    const own = services as Services
    const within = parameters.unit ? await narrow(own.store, scope, parameters.unit) : scope
    const found = await listFindings(own, within, {
      state: parameters.state,
      folded: parameters.folded === 'yes',
      limit: parameters.limit,
    })
    return found.ok ? ok(found.value.items) : found
  },
  finish: (rows) =>
    (rows as unknown as FindingRow[]).map((f) => ({
      id: f.id,
      state: f.state,
      finder: f.finder,
      metric: f.metric,
      touchpoint: f.touchpointId,
      touchpointName: f.touchpointName?.zh ?? null,
      unit: f.unitId,
      unitName: f.unitName.zh,
      segment: f.segment,
      direction: f.direction,
      value: f.value,
      reference: f.reference,
      low: f.low,
      high: f.high,
      n: f.n,
      customersAffected: f.customersAffected,
      severity: f.severity,
      confidence: f.confidence,
      firstPeriod: f.firstPeriod,
      lastPeriod: f.lastPeriod,
      lastSeenPeriod: f.lastSeenPeriod,
      period: f.lastPeriod,
      current: f.current,
      foldedInto: f.parentId,
      title: f.title.zh,
      titleEn: f.title.en,
    })),
})
