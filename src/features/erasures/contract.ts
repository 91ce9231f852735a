/**
 * Erasing a customer's personal data (PIPL art. 47, GDPR art. 17).
 * GET  /api/v1/erasures               requests, newest first
 * GET  /api/v1/erasures/:id           one of them, with whom it names and what would go
 * POST /api/v1/erasures/preview       what would go, before anything is filed
 * POST /api/v1/erasures               files a request
 * POST /api/v1/erasures/:id/{approve,refuse,withdraw}
 */
import { z } from 'zod'
import { route } from '#contract/route.ts'
import { byId, id, note, paging } from '#contract/shapes.ts'

export const grounds = ['purpose_ended', 'service_ended', 'consent_withdrawn', 'unlawful', 'objection', 'law'] as const
export const refusals = ['retention', 'identity', 'claims', 'not_possible', 'other'] as const
export const states = ['requested', 'approved', 'done', 'refused', 'withdrawn'] as const
const kinds = ['interactions', 'tickets', 'responses', 'complaints', 'transactions', 'events'] as const

/** A customer by the number that a system gives him, or by our own key. */
const named = z.union([
  z.strictObject({ source: z.string().trim().min(1).max(100), number: z.string().trim().min(1).max(200) }),
  z.strictObject({ key: z.int().positive() }),
])
const customers = z.array(named).min(1).max(20)

const subject = z.object({
  key: z.int(),
  /** Null once he is erased. */
  source: z.string().nullable(),
  number: z.string().nullable(),
})

const facts = z.array(
  z.object({
    kind: z.enum(kinds),
    rows: z.int(),
    loads: z.int(),
    first: z.iso.date().nullable(),
    last: z.iso.date().nullable(),
  }),
)

/** What is held of these customers now. */
const held = z.object({
  facts,
  /** Texts in their own words. */
  texts: z.int(),
  /** Rows of master data: name, telephone, document. */
  records: z.int(),
})

const done = z.object({ done: z.literal(true) })

const request = z.object({
  id: z.string(),
  state: z.enum(states),
  ground: z.enum(grounds),
  customers: z.int(),
  requestedBy: z.string(),
  requestedByName: z.string().nullable(),
  requestedAt: z.string(),
  decidedBy: z.string().nullable(),
  decidedByName: z.string().nullable(),
  decidedAt: z.string().nullable(),
  refusal: z.enum(refusals).nullable(),
  doneAt: z.string().nullable(),
  /** Why an approved one is not done yet. */
  waitsFor: z.enum(['turn', 'loads']).nullable(),
})

export const listErasures = route({
  id: 'erasures.list',
  method: 'GET',
  path: '/api/v1/erasures',
  summary: { zh: '个人信息删除申请（新的在前）', en: 'Requests to erase personal data, newest first' },
  permission: 'privacy.read',
  query: z.object({ ...paging, cursor: id.optional() }),
  answer: z.object({
    requests: z.array(request),
    /** How many wait for a decision, on all pages. */
    waiting: z.int(),
    nextCursor: z.string().nullable(),
    /** The systems whose numbers are known here. */
    sources: z.array(z.string()),
  }),
  errors: ['not_allowed'],
})

export const readErasure = route({
  id: 'erasures.read',
  method: 'GET',
  path: '/api/v1/erasures/:id',
  summary: {
    zh: '一份删除申请：涉及的客户与将删除的内容',
    en: 'One request: whom it names, and what would go or went',
  },
  permission: 'privacy.erase',
  params: byId,
  answer: request.extend({
    subjects: z.array(subject),
    note: z.string().nullable(),
    refusalNote: z.string().nullable(),
    /** Until it is done: what is held now. */
    held: held.nullable(),
    /** Once it is done: what went. */
    erased: z
      .object({
        facts,
        /** Versions of facts that corrections had replaced, counted with those that were current. */
        versions: z.int(),
        texts: z.int(),
        records: z.int(),
        keys: z.int(),
        lines: z.int(),
        files: z.int(),
        cases: z.int(),
        excerpts: z.int(),
      })
      .nullable(),
    /** Whether this caller may approve or refuse it. */
    mayDecide: z.boolean(),
  }),
  errors: ['not_allowed', 'not_found'],
})

export const previewErasure = route({
  id: 'erasures.preview',
  method: 'POST',
  path: '/api/v1/erasures/preview',
  summary: { zh: '预览：若删除，将删去哪些内容', en: 'What would go, before anything is filed' },
  permission: 'privacy.erase',
  body: z.strictObject({ customers }),
  // Whether somebody is a customer can be asked here: by people, not by machines.
  callsPerMinute: 30,
  answer: z.object({ subjects: z.array(subject), held }),
  errors: ['not_allowed', 'users_only', 'customer_unknown'],
})

export const requestErasure = route({
  id: 'erasures.request',
  method: 'POST',
  path: '/api/v1/erasures',
  summary: {
    zh: '登记一份个人信息删除申请（须由另一人批准后执行）',
    en: 'File a request to erase; it is carried out once a second person approves',
  },
  permission: 'privacy.erase',
  body: z.strictObject({ customers, ground: z.enum(grounds), note: note.default('') }),
  callsPerMinute: 30,
  answer: z.object({ id: z.string() }),
  errors: ['not_allowed', 'users_only', 'customer_unknown'],
})

const decided = ['not_allowed', 'not_found', 'users_only', 'erasure_decided'] as const

export const approveErasure = route({
  id: 'erasures.approve',
  method: 'POST',
  path: '/api/v1/erasures/:id/approve',
  summary: {
    zh: '批准删除（一分钟左右开始执行，不可恢复）',
    en: 'Approve; it begins within a minute and cannot be taken back',
  },
  permission: 'privacy.erase',
  params: byId,
  answer: done,
  errors: [...decided, 'erasure_second_person'],
})

export const refuseErasure = route({
  id: 'erasures.refuse',
  method: 'POST',
  path: '/api/v1/erasures/:id/refuse',
  summary: { zh: '拒绝删除，并说明理由', en: 'Refuse, with the reason that the customer is told' },
  permission: 'privacy.erase',
  params: byId,
  body: z.strictObject({ reason: z.enum(refusals), note: note.min(1) }),
  answer: done,
  errors: [...decided, 'erasure_second_person'],
})

export const withdrawErasure = route({
  id: 'erasures.withdraw',
  method: 'POST',
  path: '/api/v1/erasures/:id/withdraw',
  summary: { zh: '撤回尚未批准的申请', en: 'Withdraw a request that nobody has approved yet' },
  permission: 'privacy.erase',
  params: byId,
  answer: done,
  errors: [...decided, 'erasure_not_yours'],
})
