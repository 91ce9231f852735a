import { setTimeout as wait } from 'node:timers/promises'
import { hash } from 'node:crypto'
import { AwsV4Signer } from 'aws4fetch'
import { faultOfFetch } from '#lib/faultOfFetch.ts'
import { FilesError, type FilesReason } from './fault.ts'

export interface S3Place {
  bucket: string
  /** '' or ending in '/'. */
  prefix: string
  endpoint: URL
  region: string
  /** The bucket in the path, as most storages outside the public cloud have it, or in the host's name. */
  pathStyle: boolean
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
}

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Without the prefix; none where the request is about the bucket. */
  key?: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Buffer | string
}

/** An answer whose content has been read. */
export interface S3Answer {
  status: number
  headers: Headers
  text: string
}

export const attempts = 6

/** S3's own word on why it refused something. */
export class S3Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, text: string) {
    const code = tagIn(text, 'Code') ?? ''
    super([status, code, tagIn(text, 'Message')].filter(Boolean).join(' '))
    this.status = status
    this.code = code
  }
}

const fullCodes = ['QuotaExceeded', 'StorageFull', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded']
/** The bytes that arrived are not those that were signed: they are sent again. */
const damagedCodes = ['BadDigest', 'IncompleteBody', 'InvalidDigest', 'XAmzContentSHA256Mismatch', 'RequestTimeout']

const isFull = ({ status, code }: S3Refusal) => status === 507 || fullCodes.includes(code)

/** What may be gone at the next attempt: too many at once, a fault over there, a connection that broke. */
export function passes(error: unknown): boolean {
  if (error instanceof FilesError) return false
  if (!(error instanceof S3Refusal)) return true
  if (isFull(error) || error.status === 501) return false
  return error.status >= 500 || error.status === 429 || error.status === 408 || damagedCodes.includes(error.code)
}

export function ofS3(error: unknown, what: string): FilesError {
  if (error instanceof FilesError) return error
  if (!(error instanceof S3Refusal)) return new FilesError('unreachable', `${what}: ${faultOfFetch(error)}`, error)
  let reason: FilesReason = 'unreachable'
  if (isFull(error)) reason = 'full'
  else if (damagedCodes.includes(error.code)) reason = 'corrupt'
  else if (error.status === 404) reason = 'missing'
  else if (error.status === 401 || error.status === 403) reason = 'denied'
  return new FilesError(reason, `${what}: ${error.message}`, error)
}

/** Waits longer each time, and not as long as all the others who failed at the same moment. */
export const backOff = (attempt: number, firstWaitMs: number) =>
  wait(Math.min(10_000, firstWaitMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2))

export function s3Requests(place: S3Place, firstWaitMs: number) {
  const keys = new Map<string, ArrayBuffer>()
  const { endpoint, bucket, pathStyle } = place
  const host = pathStyle ? endpoint.host : `${bucket}.${endpoint.host}`
  const base = `${endpoint.protocol}//${host}${endpoint.pathname.replace(/\/$/, '')}${pathStyle ? `/${bucket}` : ''}`

  function urlOf({ key, query = {} }: S3Request): string {
    const path = key === undefined ? '' : (place.prefix + key).split('/').map(encode).join('/')
    const asked = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`)
    return `${base}/${path}${asked.length ? `?${asked.join('&')}` : ''}`
  }

  /** One attempt. The signature covers the body's hash, so that the storage refuses a body that was cut or changed. */
  async function once(request: S3Request): Promise<Response> {
    const { method, body } = request
    const signed = await new AwsV4Signer({
      method,
      url: urlOf(request),
      headers: { ...request.headers, 'x-amz-content-sha256': hash('sha256', body ?? '', 'hex') },
      service: 's3',
      region: place.region,
      cache: keys,
      ...place.credentials,
    }).sign()
    // Not signed, for proxies change it; said at all, for fetch would unpack what it asked to be packed.
    signed.headers.set('accept-encoding', 'identity')
    const response = await fetch(signed.url, {
      method,
      headers: signed.headers,
      // A redirect leads to another region or host, for which this is not signed.
      redirect: 'manual',
      ...(body === undefined ? {} : { body: body as BodyInit }),
    })
    if (response.ok) return response
    throw new S3Refusal(response.status, await response.text())
  }

  async function retrying<T>(attempt: (attempt: number) => Promise<T>): Promise<T> {
    for (let n = 1; ; n++)
      try {
        return await attempt(n)
      } catch (error) {
        if (n === attempts || !passes(error)) throw error
        await backOff(n, firstWaitMs)
      }
  }

  return {
    /** The answer with its content, for everything but files. */
    ask: (request: S3Request): Promise<S3Answer> =>
      retrying(async () => {
        const response = await once(request)
        const text = await response.text()
        // What is answered at length may fail after its 200 has been sent.
        if (/^(<\?xml[^>]*>)?\s*<Error>/.test(text)) throw new S3Refusal(500, text)
        return { status: response.status, headers: response.headers, text }
      }),
    /** The answer as soon as it begins. */
    open: (request: S3Request): Promise<Response> => retrying(() => once(request)),
  }
}

export type S3Requests = ReturnType<typeof s3Requests>

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The content of the first such tag. S3's answers are flat, and keys hold no control characters: no parser is needed. */
export function tagIn(xml: string, tag: string): string | undefined {
  const found = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1]
  return found?.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string, decimal: string, name: string) =>
    name ? (named[name] ?? whole) : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  )
}
