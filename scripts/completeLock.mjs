// `npm run lock`, after a package was added: a registry that does not carry a package for some other platform makes npm
// leave it out of the lock file, and `npm ci` then refuses the file everywhere. Each is written back by name and version.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const systems = ['linux', 'darwin', 'win32', 'android', 'freebsd', 'openbsd', 'netbsd', 'openharmony']
const processors = ['x64', 'arm64', 'arm', 'ia32', 'riscv64', 'ppc64', 's390x', 'loong64', 'wasm32']

/** Optional packages that the lock file names as dependencies and does not describe. */
export function missingFromLock(lock) {
  return Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`])
      .map(([name, version]) => ({ name, version, dev })),
  )
}

function complete(lock) {
  for (const { name, version, dev } of missingFromLock(lock)) {
    const words = name.split(/[-/@.]/)
    const named = (list) => list.filter((word) => words.includes(word)).slice(0, 1)
    const [cpu, os] = [named(processors), named(systems)]
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length ? { cpu } : {}),
      ...(dev ? { dev } : {}),
      ...(words.includes('musl') ? { libc: ['musl'] } : words.includes('gnu') ? { libc: ['glibc'] } : {}),
      optional: true,
      ...(os.length ? { os } : {}),
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  return lock
}

export const lockPath = new URL('../package-lock.json', import.meta.url)

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(lockPath, `${JSON.stringify(complete(JSON.parse(readFileSync(lockPath, 'utf8'))), null, 2)}\n`)
