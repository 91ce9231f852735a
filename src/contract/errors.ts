import { accessErrors } from './errors/access.ts'
import { filesErrors } from './errors/files.ts'
import { homesErrors } from './errors/homes.ts'
import { loadsErrors } from './errors/loads.ts'
import { loopErrors } from './errors/loop.ts'
import { modelErrors } from './errors/model.ts'
import { privacyErrors } from './errors/privacy.ts'
import { requestsErrors } from './errors/requests.ts'
import { warehouseErrors } from './errors/warehouse.ts'

/** Every error a caller can meet. docs/errors.md is generated from this table; codes are never reused. */
export const errorCatalogue = {
  ...requestsErrors,
  ...accessErrors,
  ...modelErrors,
  ...filesErrors,
  ...loadsErrors,
  ...loopErrors,
  ...privacyErrors,
  ...homesErrors,
  ...warehouseErrors,
} as const

export type ErrorCode = keyof typeof errorCatalogue
