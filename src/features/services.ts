import type { Scope } from '#access/scope.ts'
import type { Result } from '#lib/result.ts'
import type { FieldCipher } from '#store/encryption.ts'
import type { Home } from '#store/home.ts'
import type { Store } from '#store/store.ts'
import type { Answer } from '#warehouse/question.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'

/** What every feature's routes, jobs and finders are given. */
export interface Services {
  readonly home: Home
  readonly store: Store
  readonly warehouse: Warehouse
  readonly cipher: FieldCipher
  /** The present; tests and the demo set it. */
  clock(): Date
  /** Asks a registered question by its id. */
  ask(question: string, parameters: unknown, scope: Scope, signal?: AbortSignal): Promise<Result<Answer>>
}
