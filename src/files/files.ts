import { tmpdir } from 'node:os'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { openLocal } from './local.ts'
import { openS3, placeOf } from './s3.ts'

export interface StoredFile {
  key: string
  bytes: number
  changedAt: Date
}

/**
 * Files that every server of a home reaches. Keys are relative paths (`stage/x.parquet`); prefixes are '' or end in '/'.
 * What the storage cannot do is thrown as a FilesError; a wrong key is a TypeError.
 */
export interface Files {
  /** How the cluster names this storage, with its slash: `location + key` is a file ('local:///', 's3://bucket/lake/'). */
  readonly location: string
  /** Stores a local file or a stream under a key, whole or not at all; replaces what was there. */
  put(key: string, source: string | Readable): Promise<{ bytes: number }>
  /** Its content in order, taken up again where a connection broke; a stream that ends is whole. */
  read(key: string): Readable
  /** A local path to read it from: a copy where the storage is remote, which release() removes. */
  fetch(key: string): Promise<{ path: string; release(): Promise<void> }>
  stat(key: string): Promise<Omit<StoredFile, 'key'> | undefined>
  /** In no order. */
  list(prefix: string): AsyncIterable<StoredFile>
  /** What is not there is removed already. */
  remove(key: string): Promise<void>
  /** Answers how many there were. */
  removeAll(prefix: string): Promise<number>
}

/**
 * Opens `file:///srv/lake` or `s3://bucket/prefix?endpoint=https://host:9000&region=…&pathStyle=true`, and tries it. `scratch`: where copies
 * of what is fetched from a bucket lie; whoever names a folder clears it of what a killed process left.
 */
export async function openFiles(
  url: string,
  { env = process.env, scratch = tmpdir() }: { env?: NodeJS.ProcessEnv; scratch?: string | undefined } = {},
): Promise<Files> {
  const { protocol } = new URL(url)
  if (protocol === 'file:') return openLocal(fileURLToPath(url))
  if (protocol === 's3:') return openS3(placeOf(url, env), { scratch })
  throw new TypeError(`a storage of files begins with file: or s3:, not with ${protocol}`)
}
