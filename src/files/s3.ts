import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { FilesError, ofFileSystem } from './fault.ts'
import type { Files, StoredFile } from './files.ts'
import { checkKey, checkPrefix } from './key.ts'
import { putPieces } from './s3Put.ts'
import { contentOf } from './s3Read.ts'
import { ofS3, type S3Place, type S3Requests, s3Requests, tagIn } from './s3Requests.ts'
import { openSource } from './source.ts'

export interface S3Tuning {
  /** Files over this many bytes are sent in parts. At least 5 MB, by S3's own rule. */
  partBytes?: number
  /** How long to wait before the second attempt. */
  firstWaitMs?: number
  /** Where copies of fetched files lie. */
  scratch?: string
}

/** How many files are removed at once. */
const atOnce = 8

/** What a URL and the environment say. Secrets stand in the environment only: URLs end up in logs. */
export function placeOf(url: string, env: NodeJS.ProcessEnv): S3Place {
  const { hostname: bucket, pathname, searchParams: given, username, password } = new URL(url)
  if (username || password) throw new TypeError('credentials of a storage stand in the environment, not in its URL')
  const own = env.ZHIYIN_S3_ACCESS_KEY_ID !== undefined
  const credential = (name: string) => env[`${own ? 'ZHIYIN_S3' : 'AWS'}_${name}`]
  const [accessKeyId, secretAccessKey] = [credential('ACCESS_KEY_ID'), credential('SECRET_ACCESS_KEY')]
  if (!accessKeyId || !secretAccessKey)
    throw new FilesError('denied', 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or ZHIYIN_S3_…) are not set')
  const sessionToken = credential('SESSION_TOKEN')
  const region = given.get('region') ?? env.AWS_REGION ?? 'us-east-1'
  const endpoint = given.get('endpoint')
  const prefix = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '')
  return {
    bucket,
    prefix: prefix && checkPrefix(`${prefix}/`),
    endpoint: new URL(endpoint ?? `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`),
    region,
    pathStyle: (given.get('pathStyle') ?? String(endpoint !== null)) === 'true',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
  }
}

/** Files in a bucket of S3 or what speaks its language (MinIO, Ceph, OBS, OSS). */
export async function openS3(
  place: S3Place,
  { partBytes = 16 << 20, firstWaitMs = 200, scratch = tmpdir() }: S3Tuning = {},
): Promise<Files> {
  const requests = s3Requests(place, firstWaitMs)
  const called = `s3://${place.bucket}/${place.prefix}`
  const asking = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw ofS3(error, what)
    }
  }
  // A missing bucket answers a HEAD as a missing file does: here is where one finds out.
  await asking(`${called} cannot be opened`, () => listPage(requests, place.prefix, '', undefined, 1))

  const drop = (key: string): Promise<void> =>
    asking(`${key} cannot be removed`, () => requests.ask({ method: 'DELETE', key })).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof FilesError && error.reason === 'missing')) throw error
      },
    )

  const files: Files = {
    location: called,
    async put(key, source) {
      checkKey(key)
      const from = await openSource(source)
      try {
        await putPieces(requests, key, from.content, from.bytes, partBytes)
        return { bytes: from.read() }
      } catch (error) {
        from.close()
        throw from.failed(error) ? error : ofS3(error, `${key} cannot be stored`)
      }
    },
    read: (key) =>
      Readable.from(contentOf(requests, checkKey(key), firstWaitMs), { objectMode: false, highWaterMark: 1 << 20 }),
    async fetch(key) {
      checkKey(key)
      await mkdir(scratch, { recursive: true, mode: 0o700 })
      const folder = await mkdtemp(join(scratch, 'zhiyin-fetched-'))
      const release = () => rm(folder, { recursive: true, force: true })
      const path = join(folder, key.slice(key.lastIndexOf('/') + 1))
      try {
        await using file = await open(path, 'wx', 0o600)
        await file.writeFile(contentOf(requests, key, firstWaitMs))
        return { path, release }
      } catch (error) {
        await release()
        throw ofFileSystem(error, `${key} cannot be copied to this machine`)
      }
    },
    async stat(key) {
      checkKey(key)
      return asking(`${key} cannot be looked up`, async () => {
        const { headers } = await requests.ask({ method: 'HEAD', key })
        const [bytes, changedAt] = [headers.get('content-length'), headers.get('last-modified')]
        if (bytes === null || changedAt === null)
          throw new FilesError('corrupt', `${key}: no length or no time is said`)
        return { bytes: Number(bytes), changedAt: new Date(changedAt) }
      }).catch((error: unknown) => {
        if (error instanceof FilesError && error.reason === 'missing') return undefined
        throw error
      })
    },
    async *list(prefix) {
      checkPrefix(prefix)
      let next: string | undefined
      do {
        const page = await asking(`${prefix || called} cannot be listed`, () =>
          listPage(requests, place.prefix, prefix, next),
        )
        yield* page.files
        next = page.next
      } while (next !== undefined)
    },
    async remove(key) {
      checkKey(key)
      await asking(`${key} cannot be removed`, () => requests.ask({ method: 'DELETE', key })).catch(
        (error: unknown) => {
          if (!(error instanceof FilesError && error.reason === 'missing')) throw error
        },
      )
    },
    async removeAll(prefix) {
      // One by one, a few at a time: DeleteObjects wants MD5, which not every hardened machine still computes.
      let removed = 0
      let group: Promise<void>[] = []
      const settle = async () => {
        for (const outcome of await Promise.allSettled(group)) if (outcome.status === 'rejected') throw outcome.reason
        group = []
      }
      for await (const { key } of files.list(prefix)) {
        removed += 1
        if (group.push(drop(key)) >= atOnce) await settle()
      }
      await settle()
      return removed
    },
  }
  return files
}

async function listPage(
  requests: S3Requests,
  ownPrefix: string,
  prefix: string,
  next: string | undefined,
  most = 1_000,
): Promise<{ files: StoredFile[]; next: string | undefined }> {
  const { text } = await requests.ask({
    method: 'GET',
    query: {
      'list-type': '2',
      'max-keys': String(most),
      prefix: ownPrefix + prefix,
      ...(next === undefined ? {} : { 'continuation-token': next }),
    },
  })
  if (!text.includes('<ListBucketResult')) throw new FilesError('corrupt', 'the storage answers no list')
  const files = [...text.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, entry]) => ({
    key: (tagIn(entry as string, 'Key') ?? '').slice(ownPrefix.length),
    bytes: Number(tagIn(entry as string, 'Size')),
    changedAt: new Date(tagIn(entry as string, 'LastModified') ?? ''),
  }))
  const more = tagIn(text, 'IsTruncated') === 'true' ? tagIn(text, 'NextContinuationToken') : undefined
  // What could be no key of ours is not listed: hidden files, and the empty ones by which some tools mark folders.
  return { files: files.filter(({ key }) => key.split('/').every((part) => /^[^.]/.test(part))), next: more }
}
