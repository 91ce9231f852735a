/**
 * Why the cluster gave no answer. `away`: it cannot be reached or is starting; `lost`: a node went away under the
 * question, which may be asked again; `too_long`, `too_large`: its limits; `changed_elsewhere`: somebody else wrote to a
 * table of ours; `full`: the storage or the exchange has no room; `fault`: a defect, ours or its.
 */
export type TrinoReason = 'away' | 'lost' | 'too_long' | 'too_large' | 'changed_elsewhere' | 'full' | 'denied' | 'fault'

export class TrinoError extends Error {
  readonly reason: TrinoReason
  /** Trino's own name of it, such as EXCEEDED_TIME_LIMIT. */
  readonly errorName: string | undefined
  readonly queryId: string | undefined

  constructor(
    message: string,
    reason: TrinoReason,
    known: { errorName?: string | undefined; queryId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: known.cause })
    this.name = 'TrinoError'
    this.reason = reason
    this.errorName = known.errorName
    this.queryId = known.queryId
  }
}

const byName: Record<string, TrinoReason> = {
  SERVER_STARTING_UP: 'away',
  NO_NODES_AVAILABLE: 'away',
  SERVER_SHUTTING_DOWN: 'away',
  REMOTE_HOST_GONE: 'lost',
  REMOTE_TASK_ERROR: 'lost',
  REMOTE_TASK_MISMATCH: 'lost',
  REMOTE_TASK_FAILED: 'lost',
  PAGE_TRANSPORT_ERROR: 'lost',
  PAGE_TRANSPORT_TIMEOUT: 'lost',
  TOO_MANY_REQUESTS_FAILED: 'lost',
  ABANDONED_QUERY: 'lost',
  ABANDONED_TASK: 'lost',
  ADMINISTRATIVELY_KILLED: 'lost',
  ADMINISTRATIVELY_PREEMPTED: 'lost',
  EXCEEDED_TIME_LIMIT: 'too_long',
  EXCEEDED_CPU_LIMIT: 'too_long',
  QUERY_QUEUE_FULL: 'too_large',
  EXCEEDED_SCAN_LIMIT: 'too_large',
  EXCEEDED_GLOBAL_MEMORY_LIMIT: 'too_large',
  EXCEEDED_LOCAL_MEMORY_LIMIT: 'too_large',
  EXCEEDED_DISTRIBUTED_MEMORY_LIMIT: 'too_large',
  CLUSTER_OUT_OF_MEMORY: 'too_large',
  EXCEEDED_SPILL_LIMIT: 'too_large',
  OUT_OF_SPILL_SPACE: 'full',
  ICEBERG_COMMIT_ERROR: 'changed_elsewhere',
  TRANSACTION_CONFLICT: 'changed_elsewhere',
  PERMISSION_DENIED: 'denied',
}

interface Failure {
  message?: string
  cause?: Failure
}

interface Reported {
  message?: string
  errorName?: string
  failureInfo?: Failure
}

/**
 * What Trino reports of a failed query. It has names of its own for what its disks, its bucket and its catalog's database
 * did in a few places only; elsewhere they are causes of some other error.
 */
export function reportedError(error: Reported, queryId?: string): TrinoError {
  const name = error.errorName ?? 'UNKNOWN'
  const causes = JSON.stringify(error.failureInfo ?? error.message)
  const reason = isFull.test(causes) ? 'full' : (byName[name] ?? ofStorage(causes))
  return new TrinoError(messageOf(error) ?? name, reason, { errorName: name, queryId })
}

/** With what lay at the bottom of it: of a storage that refuses Trino's own message says only which table was meant. */
function messageOf({ message, failureInfo }: Reported): string | undefined {
  let bottom = failureInfo
  while (bottom?.cause) bottom = bottom.cause
  const why = bottom?.message
  return why && message && !message.includes(why) ? `${message}: ${why}` : message
}

const isFull = /No space left on device|Disk quota exceeded|Bucket quota exceeded|Service: S3, Status Code: 507/i
/** The catalog's database, or a bucket: connections that fail, and what may be gone the next time. */
const isAway =
  // Iceberg's catalog takes each fault of its database for a passing one, and stumbles over those of PostgreSQL's driver.
  /Cannot cast org\.postgresql\.util\.PSQLException|"type":"(java\.net\.\w+Exception|org\.postgresql\.util\.PSQLException|java\.sql\.SQL\w*Connection\w*|software\.amazon\.awssdk\.core\.exception\.\w+)"|Service: S3, Status Code: (429|50[0234])/
/** A bucket that does not know the cluster, or lets it do too little. */
const isDenied = /Service: S3, Status Code: 40[13]/

function ofStorage(causes: string): TrinoReason {
  if (isDenied.test(causes)) return 'denied'
  return isAway.test(causes) ? 'away' : 'fault'
}
