import { type Bound, type Call, bind } from '#features/bind.ts'
import type { Route } from '#contract/route.ts'
import { log } from '#lib/log.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { importFields, importKinds, kindNames } from '#warehouse/import/kinds.ts'
import { type Mapping, readMapping } from '#warehouse/import/mapping.ts'
import * as contract from './contract.ts'
import { checkFile } from './data/check.ts'
import { uploadCodeOf, withCopy } from './data/copies.ts'
import { errorReport } from './data/errorReport.ts'
import { type Load, listLoads, readLoad, viewErrors } from './data/loads.ts'
import { dropFile, keepFile, keptFile, lookAt } from './data/uploads.ts'
import { takeInteractions } from './mutations.ts'
import { cancelLoad } from './mutations/cancelLoad.ts'
import { type FileToLoad, startLoad } from './mutations/loadFile.ts'
import { undoLoad } from './mutations/undo.ts'

type Caller = Pick<Call<Route>, 'services' | 'scope'>

/** A file may touch every unit, and its report any customer: both are for those who hold the right over the whole bank. */
const bankWide = ({ route, handle }: Bound): Bound => ({
  route,
  handle: async (call) => {
    if (call.scope.units !== 'all') return fail('not_allowed')
    try {
      return await handle(call)
    } catch (error) {
      const refusal = uploadCodeOf(error)
      if (!refusal) throw error
      log('warn', 'the storage of files failed', { route: route.id, error: (error as Error).message })
      return fail(refusal)
    }
  },
})

const loadOr404 = async ({ services, scope }: Caller, id: number): Promise<Result<Load>> => {
  const load = await readLoad(services, scope, id)
  return load ? ok(load) : fail('not_found')
}

/** The file and the mapping of a request, both checked. */
async function fileAndMapping(
  { services, scope }: Caller,
  id: string,
  input: unknown,
): Promise<Result<{ kept: NonNullable<Awaited<ReturnType<typeof keptFile>>>; given: Mapping }>> {
  const kept = await keptFile(services, scope, id)
  if (!kept) return fail('not_found')
  const given = readMapping(input)
  return given.ok ? ok({ kept, given: given.value }) : given
}

const ofFiles = [
  bind(contract.sendFile, async ({ services, scope, query, stream }) => {
    const kept = await keepFile(services, scope, query.fileName, stream)
    if (!kept.ok) return kept
    const seen = await lookAt(services, scope, kept.value, { kind: query.kind })
    if (!seen.ok) await dropFile(services, kept.value)
    return seen
  }),
  bind(contract.readUpload, async ({ services, scope, params, query }) => {
    const kept = await keptFile(services, scope, params.id)
    return kept ? lookAt(services, scope, kept, query) : fail('not_found')
  }),
  bind(contract.dropUpload, async ({ services, scope, params }) => {
    const kept = await keptFile(services, scope, params.id)
    if (!kept) return fail('not_found')
    await dropFile(services, kept)
    return ok({ id: kept.id })
  }),
  bind(contract.checkUpload, async (call) => {
    const both = await fileAndMapping(call, call.params.id, call.body.mapping)
    return both.ok ? checkFile(call.services, call.scope, both.value.kept, both.value.given, call.signal) : both
  }),
  bind(contract.startLoad, async (call) => {
    const both = await fileAndMapping(call, call.params.id, call.body.mapping)
    if (!both.ok) return both
    const { kept, given } = both.value
    const path: FileToLoad['path'] = (read, signal) => withCopy(call.services, kept, read, signal)
    const id = await startLoad(call.services, call.scope, { ...kept, path }, given, {
      strict: call.body.strict,
      // What is loaded needs no second copy in clear; what was refused is tried again with other settings.
      whenDone: async (state) => {
        if (state === 'done') await dropFile(call.services, kept)
      },
    })
    return loadOr404(call, id)
  }),
  bind(contract.readKinds, async () =>
    ok({
      kinds: importKinds.map((kind) => ({
        kind,
        name: kindNames[kind],
        fields: Object.entries(importFields[kind]).map(([id, { type, required, oneOf, personal }]) => ({
          id,
          type,
          required: required === true,
          oneOf: oneOf ? [...oneOf] : null,
          personal: personal === true,
        })),
      })),
    }),
  ),
  bind(contract.listLoads, async ({ services, scope, query }) => ok(await listLoads(services, scope, query))),
  bind(contract.readLoad, (call) => loadOr404(call, call.params.id)),
  bind(contract.readLoadErrors, async (call) => {
    const load = await loadOr404(call, call.params.id)
    return load.ok
      ? ok(await viewErrors(call.services, call.scope, load.value.id, call.query.after, call.query.limit))
      : load
  }),
  bind(contract.exportLoadErrors, async (call) => {
    const load = await loadOr404(call, call.params.id)
    return load.ok ? ok(await errorReport(call.services, call.scope, load.value, call.language)) : load
  }),
  bind(contract.cancelLoad, async (call) => {
    const load = await loadOr404(call, call.params.id)
    if (!load.ok) return load
    const cancelled = await cancelLoad(call.services, load.value.id)
    return cancelled.ok ? loadOr404(call, load.value.id) : cancelled
  }),
  bind(contract.undoLoad, async (call) => {
    const undone = await undoLoad(call.services, call.scope, call.params.id)
    return undone.ok ? loadOr404(call, call.params.id) : undone
  }),
].map(bankWide)

export const routes = [
  ...ofFiles,
  bind(contract.takeInteractions, async ({ services, scope, query, headers, stream }) => {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const key = headers['idempotency-key']
    return takeInteractions(services, scope, {
      source: query.source,
      key: typeof key === 'string' ? key : undefined,
      body: Buffer.concat(chunks),
    })
  }),
]
