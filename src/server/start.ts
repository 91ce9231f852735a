import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startIntake } from '#features/imports/jobs.ts'
import { newOperatorSecret, removeTokenFile, writeTokenFile } from '#store/token.ts'
import { createApp } from './app.ts'
import { startJobs } from './jobs.ts'
import type { OpenHome } from './open.ts'
import { jobs, routes } from './registry.ts'

export interface Running {
  /** http://localhost:7700 */
  address: string
  port: number
  /** Says that it stops, waits for proxies to see it, ends what runs, and closes the home. */
  close(options?: { drainSeconds?: number; graceSeconds?: number }): Promise<void>
}

export interface StartOptions {
  home: OpenHome
  /** Loopback unless the operator says otherwise. */
  host?: string
  port?: number
  trustProxy?: boolean | string
}

/** Serves an opened home: web, API, token file, jobs. Closing the server closes the home. */
export async function startServer({
  home,
  host = 'localhost',
  port = 7700,
  trustProxy,
}: StartOptions): Promise<Running> {
  const { services } = home
  services.server.state = 'starting'
  const operatorToken = newOperatorSecret()
  const site = join(import.meta.dirname, '../../dist/web')
  const app = await createApp({
    services,
    routes,
    operatorToken,
    ...(trustProxy ? { trustProxy } : {}),
    ...(existsSync(site) ? { site } : {}),
  })
  await app.listen({ host, port })
  const bound = app.addresses()[0] as AddressInfo
  const local = ['localhost', '0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host
  const address = `http://${local.includes(':') ? `[${local}]` : local}:${bound.port}`
  await writeTokenFile(services.home.folder, { address, secret: operatorToken })
  const intake = startIntake(services)
  const work = startJobs(services, jobs)
  services.server.state = 'ready'
  return {
    address,
    port: bound.port,
    close: async ({ drainSeconds = 0, graceSeconds = 30 } = {}) => {
      services.server.state = 'stopping'
      await removeTokenFile(services.home.folder)
      await sleep(drainSeconds * 1000)
      // Running requests end; one that does not is cut off.
      const cut = setTimeout(() => app.server.closeAllConnections(), graceSeconds * 1000)
      await app.close()
      clearTimeout(cut)
      await intake.stop()
      await work.stop()
      await home.close()
    },
  }
}
