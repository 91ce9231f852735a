// Plain JavaScript for whatever Node runs `npm start` and `npm test`: what is missing is installed, nothing else.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
/** The Node that runs the program: the one npm installed, not the one that runs this script. */
export const node = join(root, 'node_modules', '.bin', 'node')

/** Whether node_modules holds exactly what the lock file names (packages for other platforms aside). */
export function isInstalled() {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden) || !existsSync(node)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const found = JSON.parse(readFileSync(hidden, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || (optional && !found[path]) || found[path]?.version === version,
  )
}

export function ensureInstalled() {
  if (isInstalled()) return
  console.error('installing packages (npm ci)')
  const npm = process.env.npm_execpath
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  // Packages are warned of that want a newer Node than this one; they run on the Node that is installed here.
  const { status } = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) {
    console.error('npm ci failed; see above')
    process.exit(1)
  }
}
