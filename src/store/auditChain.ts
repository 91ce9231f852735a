import { createHash } from 'node:crypto'
import { log } from '#lib/log.ts'
import type { Store, Tx } from './store.ts'

/** One link of the chain: its record as text, exactly as the store holds it. */
interface Sealed {
  id: string
  at: string
  actor: string
  actor_kind: string
  action: string
  object_kind: string
  object_id: string | null
  detail: string
  correlation: string | null
}

// Microseconds and all, and jsonb in its own canonical text: both are the same on every engine and after a restore.
const instantText = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
const recordColumns = `r.id, ${instantText('r.at')} as at, r.actor, r.actor_kind, r.action, r.object_kind, r.object_id,
  r.detail::text as detail, r.correlation`

const beginning = Buffer.alloc(32)
const batch = 500
// Any constant: one sealer at a time, whoever runs it.
const sealerLock = 77002029

/** SHA-256 of the previous hash, the place in the chain, the moment of sealing and every field of the record. */
function hashOf(previous: Uint8Array, position: number, sealedAt: string, record: Sealed): Buffer {
  const { id, at, actor, actor_kind, action, object_kind, object_id, detail, correlation } = record
  return createHash('sha256')
    .update(previous)
    .update(
      JSON.stringify([
        position,
        sealedAt,
        id,
        at,
        actor,
        actor_kind,
        action,
        object_kind,
        object_id,
        detail,
        correlation,
      ]),
    )
    .digest()
}

export interface ChainHead {
  position: number
  /** Hexadecimal. */
  hash: string
}

/** The newest link; position 0 before the first. */
export async function auditHead(store: Pick<Tx, 'query'>): Promise<ChainHead> {
  const [row] = await store.query<ChainHead>(
    "select position, encode(hash, 'hex') as hash from audit_chain order by position desc limit 1",
  )
  return row ?? { position: 0, hash: beginning.toString('hex') }
}

/** Chains the records that are not chained yet, in the sealer's own order; answers how many. */
export async function sealAudit(store: Store, now = new Date(), options: { wait?: boolean } = {}): Promise<number> {
  let total = 0
  for (;;) {
    const sealed = await store.transaction((tx) => sealBatch(tx, now, options.wait ?? true))
    total += sealed
    if (sealed < batch) return total
  }
}

async function sealBatch(tx: Tx, now: Date, wait: boolean): Promise<number> {
  if (wait) await tx.query('select pg_advisory_xact_lock($1)', [sealerLock])
  else {
    const [turn] = await tx.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [sealerLock])
    if (!turn?.held) return 0
  }
  const records = await tx.query<Sealed>(
    `select ${recordColumns} from audit_records r where not r.sealed order by r.id limit ${batch}`,
  )
  if (records.length === 0) return 0
  const head = await auditHead(tx)
  const sealedAt = now.toISOString()
  let previous: Buffer = Buffer.from(head.hash, 'hex')
  const links = records.map((record, i) => {
    const position = head.position + i + 1
    const before = previous
    previous = hashOf(before, position, sealedAt.replace('Z', '000Z'), record)
    return { position, id: record.id, before: before.toString('hex'), hash: previous.toString('hex') }
  })
  await tx.query(
    `insert into audit_chain (position, record_id, previous_hash, hash, sealed_at)
     select p, i, decode(b, 'hex'), decode(h, 'hex'), $5::timestamptz
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as t (p, i, b, h)`,
    [
      links.map((link) => link.position),
      links.map((link) => link.id),
      links.map((link) => link.before),
      links.map((link) => link.hash),
      sealedAt,
    ],
  )
  await tx.query('update audit_records set sealed = true where id = any($1::text[])', [records.map(({ id }) => id)])
  return records.length
}

/**
 * Seals once a second until it is stopped, and once more then; where another server is at it, that one does. `sealed` is
 * told the new head, whoever sealed it.
 */
export function startSealer(
  store: Store,
  options: { everyMs?: number; clock?: () => Date; sealed?: (head: ChainHead) => Promise<void> } = {},
): { stop(): Promise<void> } {
  const { everyMs = 1000, clock = () => new Date(), sealed } = options
  let stopped = false
  let told = -1
  const once = async () => {
    const [now] = await store.query<{ waiting: boolean; position: number }>(
      `select exists (select 1 from audit_records where not sealed) as waiting,
         coalesce((select max(position) from audit_chain), 0) as position`,
    )
    const mine = now?.waiting ? await sealAudit(store, clock(), { wait: false }) : 0
    if (mine === 0 && (now?.position ?? 0) <= told) return
    const head = await auditHead(store)
    if (head.position > 0) await sealed?.(head)
    told = head.position
  }
  let timer: NodeJS.Timeout
  let running: Promise<void> = Promise.resolve()
  const turn = () => {
    running = once()
      .catch((error: unknown) => log('error', 'the audit could not be sealed', { error: String(error) }))
      .then(() => {
        if (!stopped) timer = setTimeout(turn, everyMs).unref()
      })
  }
  turn()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
      await once()
    },
  }
}

export interface AuditVerdict {
  intact: boolean
  /** Links found in order, up to the first that is broken. */
  verified: number
  head: ChainHead
  broken?: {
    position: number
    what: 'link_missing' | 'record_missing' | 'record_changed' | 'link_changed' | 'record_outside' | 'anchor_differs'
    recordId?: string
  }
  /** Written but not chained yet: at most a second's worth while a server runs. */
  unsealed: { count: number; oldestAt: string | null }
}

type Link = Sealed & {
  position: number
  record_id: string
  previous: string
  hash: string
  sealed_at: string
  record: string | null
}

/** Walks the chain from its beginning. With an anchor (a head noted elsewhere) it also finds a cut or rewritten chain. */
export async function verifyAudit(store: Store, anchor?: ChainHead): Promise<AuditVerdict> {
  let previous: Buffer = beginning
  let verified = 0
  let broken: AuditVerdict['broken']
  const head = () => ({ position: verified, hash: previous.toString('hex') })
  while (!broken) {
    const links = await store.query<Link>(
      `select c.position, c.record_id, encode(c.previous_hash, 'hex') as previous, encode(c.hash, 'hex') as hash,
         ${instantText('c.sealed_at')} as sealed_at, r.id as record, ${recordColumns}
       from audit_chain c left join audit_records r on r.id = c.record_id
       where c.position > $1 order by c.position limit 2000`,
      [verified],
    )
    for (const link of links) {
      broken = faultOf(link, previous, verified)
      if (broken) break
      previous = Buffer.from(link.hash, 'hex')
      verified++
      if (anchor?.position === verified && anchor.hash !== link.hash)
        broken = { position: verified, what: 'anchor_differs', recordId: link.record_id }
      if (broken) break
    }
    if (links.length === 0) break
  }
  if (!broken && anchor && anchor.position > verified) broken = { position: verified + 1, what: 'link_missing' }
  if (!broken) {
    const [outside] = await store.query<{ id: string }>(
      'select r.id from audit_records r left join audit_chain c on c.record_id = r.id where r.sealed and c.position is null limit 1',
    )
    if (outside) broken = { position: verified, what: 'record_outside', recordId: outside.id }
  }
  const [unsealed] = await store.query<{ count: number; oldestAt: string | null }>(
    'select count(*) as count, min(at) as "oldestAt" from audit_records where not sealed',
  )
  return {
    intact: !broken,
    verified,
    head: head(),
    ...(broken ? { broken } : {}),
    unsealed: unsealed ?? { count: 0, oldestAt: null },
  }
}

function faultOf(link: Link, previous: Buffer, verified: number): AuditVerdict['broken'] {
  const position = verified + 1
  if (link.position !== position) return { position, what: 'link_missing' }
  const at = { position, recordId: link.record_id }
  if (link.record === null) return { ...at, what: 'record_missing' }
  if (link.previous !== previous.toString('hex')) return { ...at, what: 'link_changed' }
  if (hashOf(previous, position, link.sealed_at, link).toString('hex') !== link.hash)
    return { ...at, what: 'record_changed' }
  return undefined
}
