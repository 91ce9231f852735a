/** A fault the database reported, with its SQLSTATE; the same on both engines. */
export class StoreError extends Error {
  readonly code: string | undefined
  readonly constraint: string | undefined
  constructor(message: string, code?: string, constraint?: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
    this.constraint = constraint
  }
}

/** The store's own error behind whatever wrapped it (drizzle wraps what a driver throws). */
export function storeErrorIn(error: unknown): StoreError | undefined {
  for (let seen = error, depth = 0; seen instanceof Error && depth < 5; seen = seen.cause, depth++)
    if (seen instanceof StoreError) return seen
  return undefined
}

/** SQLSTATE of a connection that could not be made or was lost; given to what the driver says without one. */
export const connectionLost = '08006'

/**
 * The database cannot be reached, is starting or stopping, or takes no more connections: what was asked may be asked
 * again. Of a write whose answer was lost nobody knows whether it was kept.
 */
export function isStoreAway(error: unknown): boolean {
  const code = storeErrorIn(error)?.code
  return code !== undefined && (code.startsWith('08') || ['57P01', '57P02', '57P03', '53300'].includes(code))
}

const violates = (error: unknown, code: string, constraint?: string): boolean => {
  const found = storeErrorIn(error)
  return found?.code === code && (constraint === undefined || found.constraint === constraint)
}

/** Somebody else has this key already: turn it into an expected outcome, naming the constraint that may be violated. */
export const isUniqueViolation = (error: unknown, constraint?: string): boolean => violates(error, '23505', constraint)
export const isForeignKeyViolation = (error: unknown, constraint?: string): boolean =>
  violates(error, '23503', constraint)
