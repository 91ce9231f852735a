import type { Scope } from '#access/scope.ts'
import { markProcesses, prepareNoted } from '#features/prepareLogs.ts'
import type { Services } from '#features/services.ts'
import { log } from '#lib/log.ts'
import { ok, type Result } from '#lib/result.ts'
import { errorTypeOf, inSpan } from '#lib/telemetry.ts'
import { recordAudit } from '#store/audit.ts'
import { isStoreAway } from '#store/errors.ts'
import { LeaseLost, leaseEnd } from '#store/lease.ts'
import type { Tx } from '#store/store.ts'
import type { FactKind } from '#warehouse/facts.ts'
import { isFactKind } from '#warehouse/import/kinds.ts'
import { faultsTable, mappedTable } from '#warehouse/import/mapRows.ts'
import type { Mapping } from '#warehouse/import/mapping.ts'
import { literal } from '#warehouse/import/sqlText.ts'
import { warehouseCodeOf } from '#warehouse/errors.ts'
import { loadFacts, nameUnmapped } from '#warehouse/loading.ts'
import { episodesAfterLoad, refreshRollups } from '#warehouse/rollups/making.ts'
import type { Session } from '#warehouse/warehouse.ts'
import { uploadCodeOf } from '../data/copies.ts'
import { hashTexts, keepTexts } from './freeTexts.ts'
import { writeMasters } from './masters.ts'
import type { MasterKind } from './masterTables.ts'
import { type OwnStaging, readFile, type ReadCounts } from './readFile.ts'
import { keyLog, replaceCases, replacePeople, replaceRespondents, stagingOn } from './references.ts'
import { keepLoad, progressOf, runningLoads } from './running.ts'
import { takeOut } from './undo.ts'

export interface FileToLoad {
  /** Where it lies, or what brings it to this machine for as long as it is read. */
  path: string | (<T>(read: (path: string) => Promise<T>, signal: AbortSignal) => Promise<T>)
  fileName: string
  hash: string
}

/** Opens a load and works on it in the background; what it has done is read from the load itself. */
export async function startLoad(
  services: Services,
  scope: Scope,
  file: FileToLoad,
  given: Mapping,
  options: { strict: boolean; whenDone?: (state: 'done' | 'failed') => Promise<void> },
): Promise<number> {
  const id = await services.store.transaction((tx) => openLoad(services, tx, scope, file, given))
  const abort = new AbortController()
  const meter = progressOf(Date.now())
  const lease = keepLoad(services, id, meter.progress, abort)
  let state: 'done' | 'failed' = 'failed'
  const watched = { root: true, attributes: { 'zhiyin.load.id': id, 'zhiyin.load.kind': given.kind } }
  const run = (path: string) => runLoad(services, scope, id, path, given, options.strict, abort.signal, meter)
  const done = inSpan('load', watched, (span) =>
    (typeof file.path === 'string' ? run(file.path) : file.path(run, abort.signal))
      .then((ended) => {
        state = ended
        if (ended === 'failed') span.fail('refused')
      })
      .catch(async (error: unknown) => {
        const cancelled = abort.signal.aborted
        span.fail(cancelled ? 'cancelled' : errorTypeOf(error))
        if (!cancelled || lease.lost.aborted)
          log('error', `load ${id} failed`, { error: error instanceof Error ? error.message : String(error) })
        await takeOut(services, id, given.kind)
        const away = isStoreAway(error) ? 'store_away' : 'internal'
        const failure = cancelled ? 'load_cancelled' : (uploadCodeOf(error) ?? warehouseCodeOf(error) ?? away)
        await finish(services, scope, id, {
          state: 'failed',
          failure: lease.lost.aborted ? 'load_interrupted' : failure,
        })
      }),
  )
    .finally(async () => {
      await lease.stop()
      runningLoads(services).delete(id)
      await options.whenDone?.(state)
    })
    .catch((error: unknown) => log('error', `load ${id} could not be closed`, { error: String(error) }))
  runningLoads(services).set(id, { progress: meter.progress, abort, done })
  return id
}

/** As `startLoad`, and waits for its end. */
export async function loadAndWait(
  services: Services,
  scope: Scope,
  file: FileToLoad,
  given: Mapping,
  strict = false,
): Promise<number> {
  const id = await startLoad(services, scope, file, given, { strict })
  await runningLoads(services).get(id)?.done
  return id
}

async function openLoad(services: Services, tx: Tx, scope: Scope, file: FileToLoad, given: Mapping): Promise<number> {
  if (given.process) {
    await tx.query('insert into processes (id, name, name_en) values ($1, $2, $3) on conflict (id) do nothing', [
      given.process,
      given.processName?.zh ?? given.process,
      given.processName?.en ?? null,
    ])
  }
  const [row] = await tx.query<{ id: number }>(
    `insert into loads (kind, process_id, source, file_name, file_hash, mapping, practice, state, created_by,
       server_id, lease_until)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7, 'running', $8, $9, ${leaseEnd}) returning id`,
    [
      given.kind,
      given.process ?? null,
      given.source,
      file.fileName,
      file.hash,
      JSON.stringify(given),
      services.home.kind === 'demo',
      scope.actor.id,
      services.server.id,
    ],
  )
  const id = row!.id
  await recordAudit(tx, scope.actor, {
    action: 'load.start',
    objectKind: 'load',
    objectId: String(id),
    detail: { kind: given.kind, source: given.source, file: file.fileName, sha256: file.hash },
  })
  return id
}

interface Outcome {
  state: 'done' | 'failed'
  failure?: string
  detail?: Record<string, unknown> | undefined
  counts?: ReadCounts
  rows?: { new: number; same: number; corrected: number }
}

/** Closes a load of this server; false where another has taken it for cut off and closed it. */
async function finish(services: Services, scope: Scope, id: number, outcome: Outcome): Promise<boolean> {
  const { counts, rows } = outcome
  const skipped = counts?.skipped.reduce((sum, part) => sum + part.rows, 0) ?? 0
  return services.store.transaction(async (tx) => {
    const closed = await tx.query(
      `update loads set state = $2, failure = $3, rows_read = $4, rows_new = $5, rows_same = $6, rows_corrected = $7,
         rows_rejected = $8, rows_skipped = $9, failure_detail = $10::jsonb, left_out = $11::jsonb, finished_at = now(), progress = null, lease_until = null
       where id = $1 and state = 'running' and server_id = $12 returning id`,
      [
        id,
        outcome.state,
        outcome.failure ?? null,
        counts?.read ?? 0,
        rows?.new ?? 0,
        rows?.same ?? 0,
        rows?.corrected ?? 0,
        counts?.rejected ?? 0,
        skipped,
        outcome.detail ? JSON.stringify(outcome.detail) : null,
        JSON.stringify(counts?.leftOut ?? []),
        services.server.id,
      ],
    )
    if (closed.length === 0) return false
    await recordAudit(tx, scope.actor, {
      action: outcome.state === 'done' ? 'load.finish' : 'load.fail',
      objectKind: 'load',
      objectId: String(id),
      detail: {
        ...(outcome.failure ? { failure: outcome.failure } : {}),
        read: counts?.read ?? 0,
        ...rows,
        rejected: counts?.rejected ?? 0,
        skipped,
        ...(counts?.leftOut.length ? { leftOut: counts.leftOut.map(({ column }) => column) } : {}),
      },
    })
    return true
  })
}

async function runLoad(
  services: Services,
  scope: Scope,
  id: number,
  path: string,
  given: Mapping,
  strict: boolean,
  signal: AbortSignal,
  meter: ReturnType<typeof progressOf>,
): Promise<Outcome['state']> {
  const outcome = await services.warehouse.session(async (session): Promise<Outcome> => {
    const read = await inSpan('load reading', {}, () =>
      readFile(services, session.connection, path, given, {
        signal,
        onProgress: ({ bytesRead, bytesTotal, rows }) => meter.read(bytesRead, bytesTotal, rows),
        keyLog: (staging, log) => keyLog(services, staging, log, given.process as string, id, given.identities),
      }),
    )
    if (!read.ok) return { state: 'failed', failure: read.reason, detail: read.detail }
    const counts = read.value
    const staging: OwnStaging = { ...stagingOn(session.connection), connection: session.connection }
    await keepErrors(services, staging, id)
    if (strict && counts.rejected > 0) return { state: 'failed', failure: 'load_rows_rejected', counts }
    signal.throwIfAborted()
    meter.enter('loading')
    const loaded = await inSpan('load loading', { attributes: { 'zhiyin.load.rows': counts.read } }, () =>
      isFactKind(given.kind)
        ? loadRows(services, session, staging, given.kind, id, given, counts.keyed, signal, meter)
        : writeMasters(services, scope, staging, given.kind as MasterKind, id, given.identities, signal),
    )
    if (!loaded.ok) return { state: 'failed', failure: loaded.reason, detail: loaded.detail, counts }
    return { state: 'done', counts, rows: loaded.value }
  })
  // What was written after another server had closed the load is taken out again.
  if (!(await finish(services, scope, id, outcome))) throw new LeaseLost()
  return outcome.state
}

async function loadRows(
  services: Services,
  session: Session,
  staging: OwnStaging,
  kind: FactKind,
  id: number,
  given: Mapping,
  keyed: boolean,
  signal: AbortSignal,
  meter: ReturnType<typeof progressOf>,
): Promise<Result<{ new: number; same: number; corrected: number }>> {
  const columns = new Set(
    (await staging.rows(`select column_name from (describe ${mappedTable})`)).map((row) => String(row.column_name)),
  )
  for (const person of ['customer', 'staff'] as const) {
    if (columns.has(person)) await replacePeople(services, staging, mappedTable, person, given.identities)
  }
  if (columns.has('respondent')) await replaceRespondents(services, staging, mappedTable, given.source)
  if (columns.has('text')) await hashTexts(services, staging, signal)
  if (kind === 'events') {
    if (!keyed) await replaceCases(services, staging, mappedTable, { of: given.process as string }, id)
    if (!keyed && columns.has('resource')) await replaceResources(services, staging, given.identities)
    await staging.script(
      `alter table ${mappedTable} drop column if exists process; alter table ${mappedTable} add column process varchar default '${given.process}'`,
    )
  } else {
    if (given.process)
      await staging.script(`alter table ${mappedTable} add column if not exists process varchar;
        update ${mappedTable} set process = ${literal(given.process)} where process is null`)
    if (columns.has('case_key') && (given.process || columns.has('process')))
      await replaceCases(services, staging, mappedTable, 'row', id)
  }
  signal.throwIfAborted()
  const target = { loadId: id, source: given.source, timeZone: services.home.timeZone }
  const { counts, behind } = await session.write(
    async (writer) => {
      const loaded = await loadFacts(writer, kind, target, mappedTable)
      // A text belongs to a fact, and so its fact has an id from the first load on.
      if (columns.has('text')) await nameUnmapped(writer, kind, given.source)
      await refreshRollups(writer, { episodes: episodesAfterLoad(writer) })
      return { counts: loaded, behind: await markProcesses(services, writer, loaded.processes) }
    },
    { publish: true },
  )
  meter.enter('preparing')
  await inSpan('load preparing', {}, async () => {
    for (const noted of behind) await prepareNoted(services, session, noted, signal)
  })
  signal.throwIfAborted()
  if (columns.has('text')) await keepTexts(services, session, kind, id, signal)
  return ok({ new: counts.new, same: counts.same, corrected: counts.corrected })
}

/** Who did a step is a member of staff: the log keeps the surrogate. */
async function replaceResources(services: Services, staging: OwnStaging, identities: string): Promise<void> {
  await staging.script(`alter table ${mappedTable} rename column resource to staff`)
  await replacePeople(services, staging, mappedTable, 'staff', identities)
  await staging.script(
    `alter table ${mappedTable} add column resource varchar; update ${mappedTable} set resource = cast(staff_key as varchar)`,
  )
}

/** The row-level report is kept whatever becomes of the load. */
async function keepErrors(services: Services, staging: OwnStaging, loadId: number): Promise<void> {
  const chunk = 2_000
  for (let from = 0; ; from += chunk) {
    const rows = await staging.rows(
      `select * from ${faultsTable} order by row_number, column_name limit ${chunk} offset ${from}`,
    )
    if (rows.length === 0) return
    await services.store.query(
      `insert into load_errors (load_id, row_number, column_name, reason, excerpt_enc) values ${placeholders(rows.length, 5)}`,
      rows.flatMap((row) => [
        loadId,
        Number(row.row_number),
        row.column_name,
        row.reason,
        row.excerpt == null ? null : services.cipher.encrypt(String(row.excerpt)),
      ]),
    )
    if (rows.length < chunk) return
  }
}

const placeholders = (rows: number, columns: number): string =>
  Array.from(
    { length: rows },
    (_, r) => `(${Array.from({ length: columns }, (_, c) => `$${r * columns + c + 1}`).join(', ')})`,
  ).join(', ')
