import type { z } from 'zod'
import type { Scope } from '#access/scope.ts'
import type { BodyOf } from '#contract/route.ts'
import type { Services } from '#features/services.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { arrayText } from '#store/arrayText.ts'
import { recordAudit } from '#store/audit.ts'
import type { Tx } from '#store/store.ts'
import { type FactKind, factKinds } from '#warehouse/facts.ts'
import { from } from '#warehouse/relations.ts'
import { join, list, sql } from '#warehouse/sql.ts'
import type { Row } from '#warehouse/warehouse.ts'
import type { listErasures as listRoute, previewErasure as previewRoute, readErasure as readRoute } from './contract.ts'
import { approval, mayAct, wholeBank } from './policy.ts'

export type Subject = z.input<typeof previewRoute.answer>['subjects'][number]
export type Held = z.input<typeof previewRoute.answer>['held']
export type HeldFacts = Held['facts']
type Named = BodyOf<typeof previewRoute>['customers'][number]

/** What has been erased, as the request keeps it. */
export interface Counts {
  facts?: HeldFacts
  versions?: number
  /** Whose event logs the facts were in. */
  processes?: string[]
  texts?: number
  records?: number
  keys?: number
  lines?: number
  files?: number
  cases?: number
  excerpts?: number
}

interface RequestRow {
  id: string
  state: 'requested' | 'approved' | 'done' | 'refused' | 'withdrawn'
  ground: z.input<typeof readRoute.answer>['ground']
  customers: number
  requestedBy: string
  requestedByName: string | null
  requestedAt: string
  decidedBy: string | null
  decidedByName: string | null
  decidedAt: string | null
  refusal: z.input<typeof readRoute.answer>['refusal']
  doneAt: string | null
  waitsFor: 'turn' | 'loads' | null
}

const columns = `e.id, e.state, e.ground, e.requested_by as "requestedBy", e.requested_at as "requestedAt",
  e.decided_by as "decidedBy", e.decided_at as "decidedAt", e.refusal, e.done_at as "doneAt",
  (select login from users u where u.id = e.requested_by) as "requestedByName",
  (select login from users u where u.id = e.decided_by) as "decidedByName",
  (select count(*)::int from erasure_customers c where c.erasure_id = e.id) as customers,
  case when e.state = 'approved' then case when exists (select 1 from loads l where l.state = 'running'
    and l.id < coalesce(e.closed_place, e.approved_place)) then 'loads' else 'turn' end end as "waitsFor"`

/** Newest first. Names nobody: whom a request is about is looked at one by one. */
export async function listErasures(
  services: Services,
  scope: Scope,
  page: { cursor?: string | undefined; limit: number },
): Promise<Result<z.input<typeof listRoute.answer>, 'not_allowed'>> {
  const allowed = wholeBank(scope)
  if (!allowed.ok) return allowed
  const rows = await services.store.query<RequestRow>(
    `select ${columns} from erasures e
     where $1::text is null or (e.requested_at, e.id) < (select requested_at, id from erasures where id = $1)
     order by e.requested_at desc, e.id desc limit $2`,
    [page.cursor ?? null, page.limit + 1],
  )
  const [counted] = await services.store.query<{ n: number }>(
    "select count(*)::int as n from erasures where state = 'requested'",
  )
  const sources = await services.store.query<{ source: string }>(
    `select distinct mapping ->> 'identities' as source from loads where mapping ->> 'identities' is not null
     union select 'core' order by source`,
  )
  const shown = rows.slice(0, page.limit)
  return ok({
    requests: shown,
    waiting: counted!.n,
    nextCursor: rows.length > page.limit ? shown.at(-1)!.id : null,
    sources: sources.map(({ source }) => source),
  })
}

/** One request with whom it names and what is held of him. A view of identifying data: audited. */
export async function readErasure(
  services: Services,
  scope: Scope,
  id: string,
): Promise<Result<z.input<typeof readRoute.answer>, 'not_allowed' | 'not_found'>> {
  const allowed = wholeBank(scope)
  if (!allowed.ok) return allowed
  const { store, cipher } = services
  const [row] = await store.query<
    RequestRow & { note_enc: Uint8Array | null; refusal_note_enc: Uint8Array | null; counts: Counts }
  >(`select ${columns}, e.note_enc, e.refusal_note_enc, e.counts from erasures e where e.id = $1`, [id])
  if (!row) return fail('not_found')
  const { note_enc, refusal_note_enc, counts, ...request } = row
  const keys = await customersOf(store, scope, id)
  const over = request.state === 'done'
  const held = over ? null : await heldOf(services, scope, keys)
  return store.transaction(async (tx) => {
    await recordAudit(tx, scope.actor, {
      action: 'erasure.view',
      objectKind: 'erasure',
      objectId: id,
      detail: { customers: keys.length, ...(held ? totals(held) : {}) },
    })
    const may = mayAct(scope).ok && request.state === 'requested' && (await approval(tx, scope, request.requestedBy)).ok
    return ok({
      ...request,
      subjects: await subjectsOf(tx, services, scope, keys),
      note: note_enc ? cipher.decrypt(note_enc) : null,
      refusalNote: refusal_note_enc ? cipher.decrypt(refusal_note_enc) : null,
      held,
      erased: over ? erasedOf(counts) : null,
      mayDecide: may,
    })
  })
}

const erasedOf = (counts: Counts): z.input<typeof readRoute.answer>['erased'] => ({
  facts: counts.facts ?? [],
  versions: counts.versions ?? 0,
  texts: counts.texts ?? 0,
  records: counts.records ?? 0,
  keys: counts.keys ?? 0,
  lines: counts.lines ?? 0,
  files: counts.files ?? 0,
  cases: counts.cases ?? 0,
  excerpts: counts.excerpts ?? 0,
})

/** What would go, before anything is filed. */
export async function previewErasure(
  services: Services,
  scope: Scope,
  customers: readonly Named[],
): Promise<Result<{ subjects: Subject[]; held: Held }, 'not_allowed' | 'users_only' | 'customer_unknown'>> {
  const allowed = mayAct(scope)
  if (!allowed.ok) return allowed
  const keys = await keysOf(services.store, services, scope, customers)
  const held = keys.ok ? await heldOf(services, scope, keys.value) : undefined
  return services.store.transaction(async (tx) => {
    if (!keys.ok) {
      await recordUnknown(tx, scope, customers.length)
      return keys
    }
    await recordAudit(tx, scope.actor, {
      action: 'erasure.preview',
      objectKind: 'erasure',
      detail: { keys: keys.value, ...totals(held!) },
    })
    return ok({ subjects: await subjectsOf(tx, services, scope, keys.value), held: held! })
  })
}

/** Asking for somebody who is not there is asking, too. */
export const recordUnknown = (tx: Tx, scope: Scope, named: number): Promise<void> =>
  recordAudit(tx, scope.actor, { action: 'erasure.preview', objectKind: 'erasure', detail: { unknown: named } })

const totals = ({ facts, texts, records }: Held) => ({
  facts: facts.reduce((sum, { rows }) => sum + rows, 0),
  texts,
  records,
})

/** The surrogates of customers that are named; nobody is given a new one. */
export async function keysOf(
  tx: Pick<Tx, 'query'>,
  { cipher }: Pick<Services, 'cipher'>,
  _scope: Scope,
  customers: readonly Named[],
): Promise<Result<number[], 'customer_unknown'>> {
  const found: number[] = []
  const unknown: string[] = []
  for (const [i, one] of customers.entries()) {
    const [row] =
      'key' in one
        ? await tx.query<{ key: number }>(
            `select key from subject_keys where kind = 'customer' and key = $1
             union select key from customers where key = $1 limit 1`,
            [one.key],
          )
        : await tx.query<{ key: number }>(
            `select key from subject_keys where kind = 'customer' and source = $1 and external_index = $2`,
            [one.source, cipher.blindIndex(`customer:${one.source}`, one.number)],
          )
    if (row) found.push(row.key)
    else unknown.push(String(i + 1))
  }
  return unknown.length
    ? fail('customer_unknown', { customers: unknown })
    : ok([...new Set(found)].sort((a, b) => a - b))
}

export async function customersOf(tx: Pick<Tx, 'query'>, _scope: Scope, id: string): Promise<number[]> {
  const rows = await tx.query<{ key: number }>(
    'select customer_key as key from erasure_customers where erasure_id = $1 order by customer_key',
    [id],
  )
  return rows.map(({ key }) => key)
}

async function subjectsOf(
  tx: Pick<Tx, 'query'>,
  { cipher }: Services,
  _scope: Scope,
  keys: readonly number[],
): Promise<Subject[]> {
  const rows = await tx.query<{ key: number; source: string; external_enc: Uint8Array }>(
    `select key, source, external_enc from subject_keys where kind = 'customer' and key = any($1::bigint[])
     order by key, source`,
    [keys],
  )
  return keys.flatMap((key): Subject[] => {
    const own = rows.filter((row) => row.key === key)
    return own.length
      ? own.map(({ source, external_enc }) => ({ key, source, number: cipher.decrypt(external_enc) }))
      : [{ key, source: null, number: null }]
  })
}

export const factsByKind = (rows: readonly Row[]): HeldFacts =>
  rows.map((row) => ({
    kind: row.kind as FactKind,
    rows: Number(row.n),
    loads: Number(row.loads),
    first: row.first_day as string | null,
    last: row.last_day as string | null,
  }))

async function heldOf(services: Services, scope: Scope, keys: readonly number[]): Promise<Held> {
  const theirs = sql`customer_key in ${list(keys)}`
  const { rows } = await services.warehouse.read(
    join(
      factKinds.map(
        (kind) => sql`select ${kind} as kind, count(*) as n, count(distinct load_id) as loads,
          min(local_day) as first_day, max(local_day) as last_day from ${from[kind]} where ${theirs} having count(*) > 0`,
      ),
      ' union all ',
    ),
    scope,
  )
  const texts = await services.warehouse.read(
    join(
      factKinds.map(
        (kind) => sql`select ${kind} as kind, source, source_id from ${from[kind]}
          where ${theirs} and attributes like ${'%"text_key"%'}`,
      ),
      ' union all ',
    ),
    scope,
  )
  const [counted] = await services.store.query<{ texts: number; records: number }>(
    `select (select count(*)::int from free_texts t join unnest($1::text[], $2::text[], $3::text[]) as f(kind, source, id)
         on t.fact_kind = f.kind and t.source = f.source and t.source_id = f.id) as texts,
       (select count(*)::int from customers where key = any($4::bigint[])) as records`,
    [...['kind', 'source', 'source_id'].map((column) => arrayText(texts.rows.map((row) => String(row[column])))), keys],
  )
  const order = (kind: string) => factKinds.indexOf(kind as FactKind)
  return {
    facts: factsByKind(rows).sort((a, b) => order(a.kind) - order(b.kind)),
    texts: counted!.texts,
    records: counted!.records,
  }
}
