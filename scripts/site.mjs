// Builds the web pages when what they are made of has changed: `dist/web`, with the hash of its sources beside it.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { node, root } from './install.mjs'

const stamp = join(root, 'dist', 'web.hash')

function sources() {
  const inside = ['src/web', 'src/ui', 'src/features', 'src/contract', 'src/lib', 'src/methods', 'src/access']
  const files = inside.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  )
  return [...files.sort(), join(root, 'vite.config.ts'), join(root, 'package-lock.json')]
}

function hashOfSources() {
  const hash = createHash('sha256')
  for (const file of sources())
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** Resolves when `dist/web` is that of the sources; rejects with the builder's words. */
export async function ensureSite() {
  const hash = hashOfSources()
  const built = existsSync(join(root, 'dist', 'web', 'index.html')) && existsSync(stamp)
  if (built && readFileSync(stamp, 'utf8').trim() === hash) return
  console.error('building the web pages')
  await run([join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'])
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(stamp, `${hash}\n`)
}

export function run(args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code ?? signal}`)),
    )
  })
}

// By hand, and by `zhiyin serve` in a clone whose pages were never built.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await ensureSite()
