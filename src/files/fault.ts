export type FilesReason = 'missing' | 'denied' | 'full' | 'unreachable' | 'corrupt'

/** What a storage could not do, in the same words whatever the storage is. */
export class FilesError extends Error {
  readonly reason: FilesReason

  constructor(reason: FilesReason, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'FilesError'
    this.reason = reason
  }
}

const reasons: Record<string, FilesReason> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EISDIR: 'missing',
  // A file on a network share that another machine removed.
  ESTALE: 'missing',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
}

/** A fault of the file system as a fault of the storage; whatever is not known says that it cannot be reached. */
export function ofFileSystem(error: unknown, what: string): FilesError {
  if (error instanceof FilesError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const message = error instanceof Error ? error.message : String(error)
  return new FilesError(reasons[code] ?? 'unreachable', `${what}: ${message}`, error)
}
