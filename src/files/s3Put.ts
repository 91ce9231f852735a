import { inPieces } from '#lib/pieces.ts'
import { FilesError } from './fault.ts'
import { S3Refusal, type S3Requests, tagIn } from './s3Requests.ts'

/** S3 takes no more parts of one file than these. */
const mostParts = 10_000
/** Parts on their way at once; so many are in memory, and one more that is being read. */
const atOnce = 3

/**
 * Stores a stream: in one request while it fits into one part, else in parts. A file of known length gets parts that
 * suffice; an endless stream ends at ten thousand parts (160 GB).
 */
export async function putPieces(
  requests: S3Requests,
  key: string,
  content: AsyncIterable<Uint8Array>,
  knownBytes: number | undefined,
  smallestPart: number,
): Promise<void> {
  const partBytes = Math.max(smallestPart, Math.ceil((knownBytes ?? 0) / mostParts))
  const pieces = inPieces(content, partBytes)
  const first = (await pieces.next()).value as { piece: Buffer; last: boolean }
  if (first.last) await requests.ask({ method: 'PUT', key, body: first.piece })
  else await putParts(requests, key, first.piece, pieces)
}

async function putParts(
  requests: S3Requests,
  key: string,
  first: Buffer,
  rest: AsyncIterable<{ piece: Buffer }>,
): Promise<void> {
  const begun = await requests.ask({ method: 'POST', key, query: { uploads: '' } })
  const uploadId = tagIn(begun.text, 'UploadId')
  if (!uploadId) throw new FilesError('corrupt', `${key}: the storage began an upload without naming it`)
  const tags: string[] = []
  const running = new Set<Promise<void>>()
  let bytes = 0
  let failure: { error: unknown } | undefined

  async function send(piece: Buffer): Promise<void> {
    const number = tags.push('')
    if (number > mostParts) throw new FilesError('full', `${key} has more than ${mostParts} parts`)
    bytes += piece.length
    const query = { partNumber: String(number), uploadId: uploadId as string }
    const sending = requests
      .ask({ method: 'PUT', key, query, body: piece })
      .then(({ headers }) => {
        tags[number - 1] = headers.get('etag') ?? ''
      })
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => running.delete(sending))
    running.add(sending)
    if (running.size >= atOnce) await Promise.race(running)
    if (failure) throw failure.error
  }

  try {
    await send(first)
    for await (const { piece } of rest) await send(piece)
    await Promise.all(running)
    if (failure) throw (failure as { error: unknown }).error
    await complete(requests, key, uploadId, tags, bytes)
  } catch (error) {
    await Promise.all(running)
    // Parts of an upload that nobody ends are kept, unseen and paid for.
    await requests.ask({ method: 'DELETE', key, query: { uploadId } }).catch(() => undefined)
    throw error
  }
}

async function complete(
  requests: S3Requests,
  key: string,
  uploadId: string,
  tags: string[],
  bytes: number,
): Promise<void> {
  const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`)
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
  let refusal: unknown
  await requests.ask({ method: 'POST', key, query: { uploadId }, body }).catch((error: unknown) => {
    // An answer that was lost: the next attempt finds the upload ended. Whether it did is what the file itself says.
    if (!(error instanceof S3Refusal && error.code === 'NoSuchUpload')) throw error
    refusal = error
  })
  const { headers } = await requests.ask({ method: 'HEAD', key }).catch((error: unknown) => {
    throw refusal ?? error
  })
  const stored = Number(headers.get('content-length') ?? Number.NaN)
  if (stored !== bytes) throw new FilesError('corrupt', `${key}: ${bytes} bytes were sent, ${stored} are stored`)
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
