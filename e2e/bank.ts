import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'

const root = join(import.meta.dirname, '..')

/** The system's Chromium; without one the journeys are skipped by name. */
export const chromiumPath = [process.env.ZHIYIN_CHROMIUM, '/usr/bin/chromium'].find((path) => path && existsSync(path))
const site = existsSync(join(root, 'dist/web/index.html'))
export const skip = !chromiumPath ? 'no Chromium' : !site ? 'the web pages are not built' : false

export const textOf = async (place: Locator): Promise<string> => (await place.textContent()) ?? ''

export interface Bank {
  url: string
  browser: Browser
  /** A page of a new reader: signed in with this demo login, or at the door without one. */
  open(login?: string, options?: OpenOptions): Promise<{ page: Page; context: BrowserContext }>
  close(): Promise<void>
}

interface OpenOptions {
  language?: 'zh' | 'en'
  theme?: 'light' | 'dark'
  largeText?: boolean
  width?: number
  height?: number
}

const zhiyin = (...words: string[]): ChildProcess =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/main.ts'), ...words], {
    cwd: root,
    env: { ...process.env, UV_THREADPOOL_SIZE: '8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** A small demo bank of this process's own, served on a free port, and a browser to look at it. */
export async function openBank(plants: unknown[]): Promise<Bank> {
  const folder = await mkdtemp(join(tmpdir(), 'zhiyin-e2e-'))
  const plantFile = join(folder, 'plants.json')
  await writeFile(plantFile, JSON.stringify({ plants }))
  const home = join(folder, 'home')
  await ended(zhiyin('demo', '--home', home, '--customers', '2000', '--seed', '3', '--plant', plantFile))
  const server = zhiyin('demo', '--home', home, '--serve', '--port', '0', '--json')
  const url = await addressOf(server)
  const browser = await chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const door = (await (await fetch(`${url}/api/v1/door`)).json()) as { signIns: { login: string; password: string }[] }
  return {
    url,
    browser,
    open: async (login, options = {}) => {
      const { language = 'zh', theme = 'light', largeText = false, width = 1440, height = 900 } = options
      const context = await browser.newContext({ viewport: { width, height }, baseURL: url, reducedMotion: 'reduce' })
      // Long, for a build machine may be busy: a page that is not there at all still fails.
      context.setDefaultTimeout(60_000)
      // Only where nothing was chosen yet: what a reader chooses must outlive a reload.
      await context.addInitScript(
        (chosen) => localStorage.getItem('zhiyin.preferences') ?? localStorage.setItem('zhiyin.preferences', chosen),
        JSON.stringify({ language, theme, largeText }),
      )
      if (login) {
        const password = door.signIns.find((account) => account.login === login)?.password
        const answer = await context.request.post('/api/v1/sign-in', { data: { login, password } })
        if (!answer.ok()) throw new Error(`${login} cannot sign in: ${await answer.text()}`)
      }
      return { page: await context.newPage(), context }
    },
    close: async () => {
      await browser.close()
      server.kill('SIGTERM')
      await new Promise((resolve) => (server.exitCode === null ? server.once('exit', resolve) : resolve(0)))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  child.stdout?.resume()
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`zhiyin ended with ${code}: ${said}`)
}

async function addressOf(server: ChildProcess): Promise<string> {
  let said = ''
  server.stderr?.on('data', (chunk) => {
    said += chunk
  })
  for await (const line of createInterface({ input: server.stdout! })) {
    const { address } = JSON.parse(line) as { address: string }
    return address
  }
  throw new Error(`the server did not start: ${said}`)
}
