import type { ServerSelf, Upkeep } from '#features/services.ts'
import { readAnchor } from '#store/auditAnchor.ts'
import { verifyAudit } from '#store/auditChain.ts'
import { backupsOf, makeBackup, pruneBackups } from '#store/backup.ts'
import type { FieldCipher } from '#store/encryption.ts'
import type { Home } from '#store/home.ts'
import type { Store } from '#store/store.ts'
import { exporterOf } from '#warehouse/backup.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'
import { reconcileDimensions } from './dimensions.ts'
import { readinessOf } from './readiness.ts'

interface Parts {
  home: Home
  store: Store
  warehouse: Warehouse
  key: Uint8Array
  cipher: FieldCipher
  clock(): Date
  server: ServerSelf
}

export function upkeepOf({ home, store, warehouse, key, cipher, clock, server }: Parts): Upkeep {
  return {
    verifyAudit: async () => {
      const anchor = await readAnchor(home.folder, key)
      const verdict = await verifyAudit(store, anchor === 'forged' ? undefined : anchor)
      if (anchor !== 'forged') return { ...verdict, anchor: anchor ? 'matches' : 'none' }
      return { ...verdict, intact: false, anchor }
    },
    backUp: (reason) => makeBackup({ store, home, cipher, now: clock(), warehouse: exporterOf(warehouse) }, reason),
    reconcileDimensions: () => reconcileDimensions({ store, warehouse }),
    readiness: readinessOf({ store, warehouse, server }),
    pruneBackups: (keep) => pruneBackups(backupsOf(home.folder), keep, clock()),
  }
}
