import { createHash, createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a request meets instead of its answer, or on the way to it. */
export type Fault =
  | { answer: number; code: string }
  /** The connection breaks before anything is answered; with `after`, once the work has been done. */
  | { drop: true; after?: boolean }
  /** Of the content only so many bytes are sent before the connection breaks. */
  | { cutAt: number }
  /** As a proxy that lost the length and says that this much is all. */
  | { claim: number }
  /** 200 first, the fault in the text. */
  | { late: string }
  /** The last byte is lost on the way in. */
  | { damage: true }

export interface FakeS3 {
  url: string
  objects: Map<string, { content: Buffer; changedAt: Date; tag: string }>
  /** Uploads in parts that were neither ended nor given up. */
  uploads: Map<string, Map<number, Buffer>>
  /** Every request as `METHOD /path?query`. */
  seen: string[]
  mostInFlight(): number
  /** Asked about each request; what it answers happens to it. */
  fault?: ((request: { method: string; path: string; query: URLSearchParams }) => Fault | undefined) | undefined
  close(): Promise<void>
}

export const fakeKeys = {
  accessKeyId: 'AKFAKE',
  secretAccessKey: 'secret/of+the=fake',
  sessionToken: 'token of a session',
}
export const fakeRegion = 'cn-test-1'
const pageSize = 3

/** A bucket in memory that takes nothing unsigned. Signatures are computed here anew, from Amazon's description. */
export async function startFakeS3(bucket: string): Promise<FakeS3> {
  const fake: Omit<FakeS3, 'url' | 'close'> = {
    objects: new Map(),
    uploads: new Map(),
    seen: [],
    mostInFlight: () => most,
  }
  let most = 0
  let inFlight = 0
  const server = createServer((request, response) => {
    most = Math.max(most, ++inFlight)
    response.once('close', () => {
      inFlight -= 1
    })
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const { method = '', url = '' } = request
    fake.seen.push(`${method} ${url}`)
    const { pathname, searchParams: query } = new URL(url, 'http://fake')
    const path = decodeURIComponent(pathname)
    const fault = fake.fault?.({ method, path, query })
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    let body = Buffer.concat(chunks)
    const say = (status: number, text = '', headers: Record<string, string> = {}) =>
      response.writeHead(status, headers).end(method === 'HEAD' ? undefined : text)
    const refuse = (status: number, code: string) =>
      say(status, `<Error><Code>${code}</Code><Message>no</Message></Error>`)
    if (fault && 'drop' in fault && !fault.after) return request.socket.destroy()
    if (fault && 'answer' in fault) return refuse(fault.answer, fault.code)
    if (fault && 'late' in fault) return refuse(200, fault.late)
    if (fault && 'damage' in fault) body = body.subarray(0, -1)
    if (!request.headers['content-length'] && ['PUT', 'POST'].includes(method))
      return refuse(411, 'MissingContentLength')
    if (signatureOf(request) !== /Signature=(\w+)$/.exec(request.headers.authorization ?? '')?.[1])
      return refuse(403, 'SignatureDoesNotMatch')
    if (sha256(body) !== request.headers['x-amz-content-sha256']) return refuse(400, 'XAmzContentSHA256Mismatch')
    if (path !== `/${bucket}` && !path.startsWith(`/${bucket}/`)) return refuse(404, 'NoSuchBucket')
    const key = path.slice(bucket.length + 2)
    // Whatever this request does is done, and nobody hears of it.
    const lose = () => request.socket.destroy()
    return act(method, key, query, body, request, response, fault && 'drop' in fault ? lose : say, fault)
  }

  function act(
    method: string,
    key: string,
    query: URLSearchParams,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
    say: (status: number, text?: string, headers?: Record<string, string>) => unknown,
    fault: Fault | undefined,
  ): unknown {
    const refuse = (status: number, code: string) => say(status, `<Error><Code>${code}</Code></Error>`)
    const uploadId = query.get('uploadId')
    const upload = uploadId === null ? undefined : fake.uploads.get(uploadId)
    if (uploadId !== null && !upload) return refuse(404, 'NoSuchUpload')
    const keep = (content: Buffer, suffix = '') => {
      const tag = `"${createHash('md5').update(content).digest('hex')}${suffix}"`
      fake.objects.set(key, { content, changedAt: new Date(), tag })
      return tag
    }
    if (key === '' && query.get('list-type') === '2') return say(200, listOf(query))
    if (method === 'POST' && query.has('uploads')) {
      const id = `${randomUUID()}&<`
      fake.uploads.set(id, new Map())
      return say(
        200,
        `<InitiateMultipartUploadResult><UploadId>${escaped(id)}</UploadId></InitiateMultipartUploadResult>`,
      )
    }
    if (method === 'PUT' && upload) {
      upload.set(Number(query.get('partNumber')), body)
      return say(200, '', { etag: `"${sha256(body).slice(0, 32)}"` })
    }
    if (method === 'DELETE' && upload) {
      fake.uploads.delete(uploadId as string)
      return say(204)
    }
    if (method === 'POST' && upload) {
      const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>&quot;(\w+)&quot;<\/ETag>/g)]
      const parts = named.map(([, number, tag]) => ({ content: upload.get(Number(number)), tag }))
      if (!parts.length || parts.some(({ content, tag }) => !content || sha256(content).slice(0, 32) !== tag))
        return refuse(400, 'InvalidPart')
      keep(Buffer.concat(parts.map(({ content }) => content as Buffer)), `-${parts.length}`)
      fake.uploads.delete(uploadId as string)
      return say(200, '<CompleteMultipartUploadResult><Key/></CompleteMultipartUploadResult>')
    }
    if (method === 'PUT') return say(200, '', { etag: keep(body) })
    if (method === 'DELETE') {
      fake.objects.delete(key)
      return say(204)
    }
    const found = fake.objects.get(key)
    if (!found) return refuse(404, 'NoSuchKey')
    if (request.headers['if-match'] && request.headers['if-match'] !== found.tag)
      return refuse(412, 'PreconditionFailed')
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const content = found.content.subarray(from)
    const claimed = fault && 'claim' in fault ? content.subarray(0, fault.claim) : content
    response.writeHead(from ? 206 : 200, {
      'content-length': String(claimed.length),
      'last-modified': found.changedAt.toUTCString(),
      etag: found.tag,
      ...(from ? { 'content-range': `bytes ${from}-${found.content.length - 1}/${found.content.length}` } : {}),
    })
    if (method === 'HEAD') return response.end()
    if (!fault || !('cutAt' in fault)) return response.end(claimed)
    return response.write(content.subarray(0, fault.cutAt), () => setTimeout(() => request.socket.destroy(), 20))
  }

  function listOf(query: URLSearchParams): string {
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString()
    const keys = [...fake.objects.keys()]
      .sort()
      .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after)
    const page = keys.slice(0, Math.min(pageSize, Number(query.get('max-keys'))))
    const entries = page.map((key) => {
      const { content, changedAt } = fake.objects.get(key) as { content: Buffer; changedAt: Date }
      return `<Contents><Key>${escaped(key)}</Key><LastModified>${changedAt.toISOString()}</LastModified><Size>${content.length}</Size><Owner><ID>1</ID></Owner></Contents>`
    })
    const more = keys.length > page.length
    const token = more
      ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? '').toString('base64')}</NextContinuationToken>`
      : ''
    return `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${more}</IsTruncated>${token}${entries.join('')}</ListBucketResult>`
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(fake, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest()
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const encode = (text: string) =>
  [...Buffer.from(text)]
    .map((byte) =>
      /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')

/** AWS Signature Version 4 as described for S3: path and query decoded and encoded anew, headers as they were named. */
function signatureOf(request: IncomingMessage): string | undefined {
  const { headers, method = '', url = '' } = request
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=\w+$/
  const [, accessKeyId, day = '', region, named = ''] = form.exec(headers.authorization ?? '') ?? []
  const at = String(headers['x-amz-date'])
  const signed = named.split(';')
  if (accessKeyId !== fakeKeys.accessKeyId || region !== fakeRegion || !at.startsWith(day)) return undefined
  if (headers['x-amz-security-token'] !== fakeKeys.sessionToken) return undefined
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  if (!needed.every((name) => signed.includes(name))) return undefined
  const [path = '', query = ''] = url.split('?')
  const asked = query
    .split('&')
    .filter(Boolean)
    .map((pair) => pair.split('=').map((part) => encode(decodeURIComponent(part))))
  const canonical = [
    method,
    path
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    asked
      .map(([name, value = '']) => `${name}=${value}`)
      .sort()
      .join('&'),
    ...signed.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    named,
    headers['x-amz-content-sha256'],
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const key = scope
    .split('/')
    .reduce((key: Buffer | string, part) => hmac(key, part), `AWS4${fakeKeys.secretAccessKey}`)
  return hmac(key, ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n')).toString('hex')
}
