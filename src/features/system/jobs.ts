import { catchUp, copyOrNote } from '#features/copies.ts'
import type { Job } from '#features/job.ts'
import { log } from '#lib/log.ts'
import { makeBackup } from './mutations.ts'

const keptBackups = Number(process.env.ZHIYIN_BACKUPS_KEPT ?? 7)

export const jobs: Job[] = [
  {
    name: 'system.backup',
    schedule: { daily: '02:10' },
    run: async (services, scope) => {
      const made = await makeBackup(services, scope, { reason: 'scheduled' })
      if (!made.ok) throw new Error(made.reason)
      log('info', 'backed up', { folder: made.value.folder, bytes: made.value.bytes })
      await services.upkeep.pruneBackups(keptBackups)
    },
  },
  {
    // A server that was killed between the store's change and the warehouse's copy comes to no start that would mend it.
    name: 'system.reconcileDimensions',
    schedule: { everyMinutes: 60 },
    run: async (services) => {
      if (services.server.shared) await copyOrNote(services, () => services.upkeep.reconcileDimensions())
    },
  },
  {
    // What could not be copied when it was changed, and what a server that starts does not wait for.
    name: 'system.catchUp',
    schedule: { everyMinutes: 5 },
    run: catchUp,
  },
  {
    // Streams of interactions leave a lake many small files and deletions; snapshots nobody reads hold what was erased.
    name: 'system.tendWarehouse',
    schedule: { everyMinutes: 10 },
    run: async ({ warehouse }) => {
      const done = await warehouse.tend?.()
      if (done?.compacted.length) log('info', 'the lake was compacted', done)
    },
  },
  {
    name: 'system.sweepWarehouse',
    schedule: { daily: '04:20' },
    run: async ({ warehouse }) => {
      await warehouse.tend?.({ orphans: true })
    },
  },
  {
    // PostgreSQL does this by itself; the embedded engine has nobody to do it.
    name: 'system.tidy',
    schedule: { daily: '03:50' },
    run: async ({ store }) => {
      if (store.kind === 'pglite') await store.engine.script('vacuum (analyze)')
    },
  },
]
