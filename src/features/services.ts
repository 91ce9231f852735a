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
  /** Keeps so many of the scheduled ones; answers the names of those removed. */
  pruneBackups(keep: number): Promise<string[]>
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
  /** The present; tests and the demo set it. */
  clock(): Date
  /** Asks a registered question by its id. */
  ask(question: string, parameters: unknown, scope: Scope, signal?: AbortSignal): Promise<Result<Answer>>
}
