/** Types of the plain script beside it. */
export const lockPath: URL
export function missingFromLock(lock: unknown): { name: string; version: string; dev?: boolean }[]
