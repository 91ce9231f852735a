import type { IncomingMessage } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import type { ErrorCode } from '#contract/errors.ts'
import { fail, ok, type Result } from '#lib/result.ts'

const deepest = 40
const notJson = { zh: '不是 UTF-8 编码的 JSON', en: 'is not JSON in UTF-8' }
/** Said of a value that no text of the store can hold, or that is nested too deep. */
export const notClean = {
  zh: '含有不允许的字符、名称或过深的嵌套',
  en: 'holds a character or a name that is not allowed, or is nested too deep',
}
const mebibyte = 2 ** 20

/** Reads a JSON body up to a limit. What PostgreSQL or a prototype would choke on is refused here, once for all routes. */
export async function readJson(
  stream: Readable,
  contentType: string | undefined,
  limitBytes = mebibyte,
): Promise<Result<unknown, ErrorCode>> {
  const chunks: Buffer[] = []
  const read = await readUpTo(stream, limitBytes, (chunk) => chunks.push(chunk))
  if (read === 'more') return fail('body_too_large', { limitBytes })
  if (read === 'late') return fail('request_timeout')
  if (chunks.length === 0) return ok(undefined)
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')) return fail('media_type_unsupported')
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch {
    return fail('bad_request', { fields: [{ path: '', message: notJson }] })
  }
  const unclean = uncleanAt(value)
  return unclean === undefined ? ok(value) : fail('bad_request', { fields: [{ path: unclean, message: notClean }] })
}

const bodySeconds = 60

/**
 * Reads on until the stream ends, or brings more than so many bytes, or takes too long. It is left where it is then,
 * never destroyed: the connection under it still has an answer to carry.
 */
function readUpTo(
  stream: Readable,
  limitBytes: number,
  take: (chunk: Buffer) => void,
): Promise<'ended' | 'more' | 'late'> {
  return new Promise((resolve) => {
    let size = 0
    const done = (how: 'ended' | 'more' | 'late') => {
      clearTimeout(timer)
      stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd)
      stream.pause()
      resolve(how)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limitBytes) done('more')
      else take(chunk)
    }
    const onEnd = () => done('ended')
    const timer = setTimeout(() => done('late'), bodySeconds * 1000)
    stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd)
    if (stream.readableEnded || stream.destroyed) onEnd()
    else stream.resume()
  })
}

const drainAtMost = 64 * 2 ** 20

/**
 * Reads what is left of a request's body without keeping it, so that its sender hears the answer and the next request
 * on the same connection is understood. False where there is too much of it: the connection must be closed then.
 */
export async function drain(request: IncomingMessage): Promise<boolean> {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  if (request.complete || (coding === undefined && !Number(length))) return true
  if (Number(length) > drainAtMost) return false
  request.unpipe()
  return (await readUpTo(request, drainAtMost, () => undefined)) === 'ended'
}

/** Thrown out of a raw body that goes on beyond its route's limit. */
export class BodyTooLarge extends Error {}

/** The same stream, ended by a fault when it brings more than its route takes. */
export function limited(stream: Readable, limitBytes: number): Readable {
  let size = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > limitBytes) done(new BodyTooLarge(`more than ${limitBytes} bytes`))
      else done(null, chunk)
    },
  })
  stream.on('error', (error) => counted.destroy(error))
  stream.on('aborted', () => counted.destroy(new Error('the caller went away')))
  // A handler that never reads the body must not fault the process when it is cut off.
  counted.on('error', () => undefined)
  return stream.pipe(counted)
}

/** The path of the first NUL, lone surrogate, prototype key or level too deep; undefined where there is none. */
export function uncleanAt(root: unknown): string | undefined {
  const stack: { value: unknown; path: string; depth: number }[] = [{ value: root, path: '', depth: 0 }]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { value, path, depth } = top
    if (typeof value === 'string') {
      if (!isClean(value)) return path
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) return path
    } else if (typeof value === 'object' && value !== null) {
      if (depth >= deepest) return path
      for (const key of Object.keys(value)) {
        if (key === '__proto__' || !isClean(key)) return path
        stack.push({
          value: (value as Record<string, unknown>)[key],
          path: (path ? `${path}.${key}` : key).slice(0, 200),
          depth: depth + 1,
        })
      }
    }
  }
  return undefined
}

const isClean = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
