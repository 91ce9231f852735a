// `npm start`: installs what is missing, prepares the demo home and serves it. Runs on any Node from 20.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, node, root } from './install.mjs'

ensureInstalled()
const { ensureSite, run } = await import('./site.mjs')
const home = join(root, '.zhiyin', 'demo')
const main = ['--disable-warning=ExperimentalWarning', join(root, 'src', 'cli', 'main.ts')]
const env = { ...process.env, UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '8' }
try {
  // The first time both take a while, and there are two cores.
  const born = existsSync(join(home, 'zhiyin.json'))
  await Promise.all([ensureSite(), born ? undefined : run([...main, 'demo', '--home', home], { env })])
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
const server = spawn(node, [...main, 'demo', '--home', home, '--serve', ...process.argv.slice(2)], {
  cwd: root,
  env,
  stdio: 'inherit',
})
// Ctrl-C reaches the server by itself; a signal sent to this process alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
// npm does not always pass a signal on: a server whose npm is gone would hold the home for ever.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) server.kill('SIGTERM')
}, 1000).unref()
server.once('exit', (code) => process.exit(code ?? 1))
