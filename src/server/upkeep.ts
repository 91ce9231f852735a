import type { Upkeep } from '#features/services.ts'
import { readAnchor } from '#store/auditAnchor.ts'
import { verifyAudit } from '#store/auditChain.ts'
import type { Home } from '#store/home.ts'
import type { Store } from '#store/store.ts'

export function upkeepOf({ home, store, key }: { home: Home; store: Store; key: Uint8Array }): Upkeep {
  return {
    verifyAudit: async () => {
      const anchor = await readAnchor(home.folder, key)
      const verdict = await verifyAudit(store, anchor === 'forged' ? undefined : anchor)
      if (anchor !== 'forged') return { ...verdict, anchor: anchor ? 'matches' : 'none' }
      return { ...verdict, intact: false, anchor }
    },
  }
}
