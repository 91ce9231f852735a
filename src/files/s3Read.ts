import { FilesError } from './fault.ts'
import { attempts, backOff, ofS3, type S3Requests, S3Refusal } from './s3Requests.ts'

/**
 * A file from its beginning to its last byte: goes on where a connection broke, as long as it is the same file. It ends
 * without a fault only when as much has arrived as was said at the beginning.
 */
export async function* contentOf(requests: S3Requests, key: string, firstWaitMs: number): AsyncGenerator<Uint8Array> {
  let at = 0
  let whole: { bytes: number; tag: string } | undefined
  for (let fault = 0; ; ) {
    const { body, headers } = await openAt(requests, key, at, whole?.tag)
    const rest = Number(headers.get('content-length') ?? Number.NaN)
    whole ??= { bytes: rest, tag: headers.get('etag') ?? '' }
    const isRest = at === 0 || headers.get('content-range')?.startsWith(`bytes ${at}-`)
    if (at + rest !== whole.bytes || !isRest) {
      await body?.cancel()
      throw new FilesError('corrupt', `${key}: another length than was said before`)
    }
    try {
      for await (const piece of body ?? []) {
        at += piece.length
        fault = 0
        yield piece
      }
      if (at === whole.bytes) return
      throw new Error(`${at} of ${whole.bytes} bytes arrived`)
    } catch (error) {
      fault += 1
      if (fault === attempts) throw ofS3(error, `${key} cannot be read to its end`)
      await backOff(fault, firstWaitMs)
    }
  }
}

async function openAt(requests: S3Requests, key: string, at: number, tag: string | undefined): Promise<Response> {
  const headers: Record<string, string> = at > 0 && tag ? { range: `bytes=${at}-`, 'if-match': tag } : {}
  try {
    return await requests.open({ method: 'GET', key, headers })
  } catch (error) {
    if (error instanceof S3Refusal && error.status === 412)
      throw new FilesError('corrupt', `${key} was replaced while it was read`, error)
    throw ofS3(error, `${key} cannot be read`)
  }
}
