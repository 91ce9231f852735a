import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { focus } from '#access/narrow.ts'
import type { Scope } from '#access/scope.ts'
import { asOfHeader, asOfText, seenHeader, versionIn } from '#contract/asOf.ts'
import type { ErrorCode } from '#contract/errors.ts'
import { changesNothing, type Route } from '#contract/route.ts'
import type { Bound, Call, FileAnswer } from '#features/bind.ts'
import { CallerGone, whileAwaited } from '#lib/caller.ts'
import { log } from '#lib/log.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { storeErrorIn } from '#store/errors.ts'
import { readingAsOf } from '#warehouse/asOf.ts'
import { warehouseCodeOf } from '#warehouse/errors.ts'
import type { Versions } from '#warehouse/warehouse.ts'
import { type AppOptions, refuse } from './app.ts'
import { BodyTooLarge, limited, notClean, readJson, uncleanAt } from './body.ts'
import { scopeOfCaller, sessionCookie } from './caller.ts'
import { isErrorCode, languageOf } from './problem.ts'
import { isCrossSite, type RateLimiter } from './security.ts'

/** One request from its headers to its answer: who, may he, what did he send, do it, say it. */
export async function answerCall(
  bound: Bound,
  request: FastifyRequest,
  reply: FastifyReply,
  options: AppOptions,
  limiter: RateLimiter,
) {
  const { route } = bound
  const { headers } = request
  // Before anything is waited for: who leaves while it is looked up who he is has left, too.
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new CallerGone())
  })
  if (
    request.method !== 'GET' &&
    request.method !== 'HEAD' &&
    !headers.authorization &&
    isCrossSite(headers, request.host)
  )
    return refuse(request, reply, 'cross_site')
  if (
    options.limited !== false &&
    route.callsPerMinute &&
    !(await limiter.take(`${route.id} ${request.ip}`, route.callsPerMinute))
  )
    return refuse(request, reply.header('retry-after', '60'), 'too_many_requests')

  const caller = await scopeOfCaller(options.services, headers, options.operatorToken)
  // In the units where he holds the route's permission, not wherever he holds something.
  const scope = caller && route.permission ? focus(caller, route.permission) : caller
  if (route.permission) {
    if (!caller) return refuse(request, reply, 'not_signed_in')
    if (!scope) return refuse(request, reply, 'not_allowed')
  }
  const input = await readInput(route, request)
  if (!input.ok) return refuse(request, reply, input.reason, input.detail)

  const call: Call<Route> = {
    ...input.value,
    scope: scope as Scope,
    services: options.services,
    language: languageOf(headers['accept-language']),
    correlation: request.id,
    address: request.ip,
    headers,
    stream: route.rawBody ? limited(request.raw, route.rawBody.limitBytes) : request.raw,
    signal: gone.signal,
    setSession: (id, expiresAt) => {
      reply.header('set-cookie', cookieLine(id, expiresAt, request.protocol === 'https'))
    },
  }
  const { warehouse } = options.services
  const seen = versionIn(headers[seenHeader])
  // Whatever he saw through another server he sees through this one.
  if (scope && seen !== undefined && seen > warehouse.versions().data) await warehouse.catchUp?.(seen)
  let outcome: Result<unknown>
  let asOf: Versions | undefined
  try {
    // What writes comes to its end, whoever has left meanwhile.
    const handled = () =>
      changesNothing(route) ? whileAwaited(gone.signal, () => bound.handle(call)) : bound.handle(call)
    ;({ value: outcome, asOf } = await readingAsOf(handled))
  } catch (error) {
    if (error instanceof BodyTooLarge)
      return refuse(request, reply, 'body_too_large', { limitBytes: route.rawBody?.limitBytes })
    // He ended it himself, by leaving or by sending no more; what goes wrong with a write is told nevertheless.
    if (gone.signal.aborted && (changesNothing(route) || route.rawBody || error === gone.signal.reason))
      return reply.hijack()
    const away = warehouseCodeOf(error)
    if (away) {
      log('warn', 'the warehouse gave no answer', {
        route: route.id,
        correlation: request.id,
        code: away,
        said: (error as Error).message,
      })
      return refuse(request, reply.header('retry-after', '5'), away)
    }
    const refusal = refusalOf(error)
    if (!refusal) throw error
    log('warn', 'the store refused a value that its route let through', {
      route: route.id,
      correlation: request.id,
      sqlstate: refusal.sqlstate,
    })
    return refuse(request, reply, refusal.code)
  }
  if (!outcome.ok) {
    if (isErrorCode(outcome.reason)) return refuse(request, reply, outcome.reason, outcome.detail)
    throw new Error(`${route.id} answered with ${outcome.reason}, which is not in the catalogue`)
  }
  reply.header('cache-control', 'no-store')
  if (scope) reply.header(seenHeader, String(warehouse.versions().data))
  if (asOf) reply.header(asOfHeader, asOfText({ version: asOf.data, changedAt: asOf.changedAt }))
  if (isFile(outcome.value)) return sendFile(reply, outcome.value)
  if (options.checkAnswers) route.answer.parse(outcome.value)
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(outcome.value ?? null))
}

/** Parameters, query and body through their schemas; all that is wrong in one of them at once. */
async function readInput(
  route: Route,
  request: FastifyRequest,
): Promise<Result<Pick<Call<Route>, 'params' | 'query' | 'body'>, ErrorCode>> {
  const input: Record<'params' | 'query' | 'body', unknown> = { params: undefined, query: undefined, body: undefined }
  const take = (part: keyof typeof input, value: unknown): Result<void, ErrorCode> => {
    const schema = route[part]
    if (!schema) return ok(undefined)
    const parsed = schema.safeParse(value)
    if (!parsed.success)
      return fail('validation_failed', {
        issues: parsed.error.issues.map((issue) => ({ ...issue, path: [part, ...issue.path] })),
      })
    input[part] = parsed.data
    return ok(undefined)
  }
  for (const part of ['params', 'query'] as const) {
    const value = { ...(request[part] as Record<string, unknown>) }
    const unclean = uncleanAt(value)
    if (unclean !== undefined)
      return fail('bad_request', { fields: [{ path: `${part}.${unclean}`, message: notClean }] })
    const taken = take(part, value)
    if (!taken.ok) return taken
  }
  if (route.rawBody) {
    const given = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
    if (!route.rawBody.contentTypes.includes(given) && !route.rawBody.contentTypes.includes('*/*'))
      return fail('media_type_unsupported', { accepted: [...route.rawBody.contentTypes] })
    if (Number(request.headers['content-length'] ?? 0) > route.rawBody.limitBytes)
      return fail('body_too_large', { limitBytes: route.rawBody.limitBytes })
  } else if (route.body) {
    const body = await readJson(request.raw, request.headers['content-type'], route.bodyLimitBytes)
    if (!body.ok) return body
    const taken = take('body', body.value)
    if (!taken.ok) return taken
  }
  return ok(input as Pick<Call<Route>, 'params' | 'query' | 'body'>)
}

/** What a database says of a value it cannot hold, or of a row that changed under it. A last net: schemas come first. */
function refusalOf(error: unknown): { code: ErrorCode; sqlstate: string } | undefined {
  const sqlstate = storeErrorIn(error)?.code
  if (!sqlstate) return undefined
  if (['22003', '22007', '22008', '22021', '22P02', '22P05', '22001'].includes(sqlstate))
    return { code: 'validation_failed', sqlstate }
  if (['40001', '40P01', '23505', '23503'].includes(sqlstate)) return { code: 'changed_meanwhile', sqlstate }
  return undefined
}

const isFile = (value: unknown): value is FileAnswer =>
  typeof value === 'object' && value !== null && 'file' in value && 'contentType' in value

function sendFile(reply: FastifyReply, answer: FileAnswer) {
  reply.header('content-type', answer.contentType)
  if (answer.name) {
    const plain = answer.name.replace(/[^\w.-]/g, '_')
    reply.header(
      'content-disposition',
      `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(answer.name)}`,
    )
  }
  return reply.send(
    answer.file instanceof Uint8Array && !Buffer.isBuffer(answer.file)
      ? Buffer.from(answer.file)
      : (answer.file as Readable | string),
  )
}

function cookieLine(id: string | null, expiresAt: Date | undefined, secure: boolean): string {
  const flags = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  if (id === null) return `${sessionCookie}=; ${flags}; Max-Age=0`
  return `${sessionCookie}=${id}; ${flags}${expiresAt ? `; Expires=${expiresAt.toUTCString()}` : ''}`
}
