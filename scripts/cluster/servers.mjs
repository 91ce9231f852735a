// The two servers of Zhiyin and the proxy before them.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../install.mjs'
import { startDetached } from './process.mjs'

export const stopping = { signal: 'SIGTERM', seconds: 60 }

/** The first server makes the home; the second has a folder of its own and joins it with the first one's key. */
export async function startServer(state, name) {
  const { settings } = state
  const home = (of) => state.path(of)
  const key = join(home('server1'), 'keys', 'field.key')
  if (name === 'server2' && !existsSync(key))
    throw new Error('server2 joins the home that server1 makes: start server1 first')
  return startDetached(
    join(root, 'bin', 'zhiyin'),
    ['serve', '--home', home(name), '--port', String(settings.ports[name]), '--trust-proxy', '127.0.0.1'],
    {
      log: state.log(name),
      cwd: state.folder,
      env: {
        // Two of them beside the workers: each keeps within its part of the memory.
        ZHIYIN_WAREHOUSE_MEMORY: '512MB',
        NODE_OPTIONS: '--max-old-space-size=768',
        ZHIYIN_LOG: 'json',
        ...process.env,
        DATABASE_URL: settings.databaseUrl,
        WAREHOUSE_URL: settings.warehouseUrl,
        WAREHOUSE_FILES: settings.warehouseFiles,
        ...(name === 'server2' ? { ZHIYIN_KEY_FILE: key } : {}),
      },
    },
  )
}

export function startProxy({ settings, log, folder }) {
  const program = fileURLToPath(new URL('proxy.mjs', import.meta.url))
  return startDetached(process.execPath, [program, String(settings.ports.proxy), ...settings.serverUrls], {
    log: log('proxy'),
    cwd: folder,
  })
}

/** Of a server, or through the proxy of at least one. */
export async function ready({ settings }, name) {
  const address = `http://127.0.0.1:${settings.ports[name]}/api/v1/ready`
  const answer = await fetch(address, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
  return answer?.ok === true
}
