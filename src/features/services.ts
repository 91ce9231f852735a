import type { Scope } from '#access/scope.ts'
import type { Files } from '#files/files.ts'
import type { Result } from '#lib/result.ts'
import type { AuditVerdict } from '#store/auditChain.ts'
import type { BackupReason, Manifest } from '#store/backup.ts'
import type { FieldCipher } from '#store/encryption.ts'
import type { Home } from '#store/home.ts'
import type { Store } from '#store/store.ts'
import type { Answer } from '#warehouse/question.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'

/** What only the opened home as a whole can do: it holds the key and both stores. */
export interface Upkeep {
  /** Walks the audit chain against the anchor outside the database. */
  verifyAudit(): Promise<AuditVerdict & { anchor: 'matches' | 'none' | 'forged' }>
  /** Both stores as of one moment, into the home's own backups. */
  backUp(reason: BackupReason): Promise<Result<{ folder: string; manifest: Manifest }, 'backup_running'>>
  /** Has the warehouse's copies of units, customers and model follow the store where they do not. */
  reconcileDimensions(): Promise<unknown>
  /** Whether this server can answer now; pages of the Store go on while the warehouse is away. */
  readiness(): Promise<Result<{ warehouse: 'here' | 'away' }, 'not_ready'>>
  /** Keeps so many of the scheduled ones; answers the names of those removed. */
  pruneBackups(keep: number): Promise<string[]>
}

/** Which of the servers this process is. */
export interface ServerSelf {
  /** New with each start: what an earlier process left is another's. */
  readonly id: string
  /** Whether other servers may work on the same stores. */
  readonly shared: boolean
  /** A proxy asks for it; only the server's start and stop set it. */
  state: 'starting' | 'ready' | 'stopping'
}

/** What every feature's routes, jobs and finders are given. */
export interface Services {
  readonly home: Home
  readonly store: Store
  readonly warehouse: Warehouse
  /** What every server of the home reaches; content that names customers is encrypted before it goes there. */
  readonly files: Files
  readonly cipher: FieldCipher
  readonly upkeep: Upkeep
  readonly server: ServerSelf
  /** The present; tests and the demo set it. */
  clock(): Date
  /** Asks a registered question by its id. */
  ask(question: string, parameters: unknown, scope: Scope): Promise<Result<Answer>>
}
