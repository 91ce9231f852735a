import { randomBytes } from 'node:crypto'
import { type Client, createClient } from '#contract/client.ts'
import { ok, type Result } from '#lib/result.ts'
import { readTokenFile } from '#store/token.ts'
import type { Invocation, Refusal } from './command.ts'
import { serverOnPort } from './running.ts'

export interface Connection {
  client: Client
  close(): Promise<void>
}

export const defaultUrl = 'http://localhost:7700'

/**
 * The client of a home or of the running server. With `--home`: through that home's server when one has it open, else
 * the same routes are served by this process, to itself alone, while it holds the lock.
 */
export async function connect(invocation: Invocation): Promise<Result<Connection, string> | ({ ok: false } & Refusal)> {
  const folder = invocation.values.home ?? process.env.ZHIYIN_HOME
  if (typeof folder === 'string') return connectHome(folder, invocation.language)
  const url = (process.env.ZHIYIN_URL ?? defaultUrl).replace(/\/+$/, '')
  const token = process.env.ZHIYIN_TOKEN ?? (await serverOnPort(url))?.secret
  return ok({ client: clientOf(url, token, invocation.language), close: async () => undefined })
}

const clientOf = (baseUrl: string, token: string | undefined, language: string) =>
  createClient({
    baseUrl,
    headers: () => ({ 'accept-language': language, ...(token ? { authorization: `Bearer ${token}` } : {}) }),
  })

async function connectHome(folder: string, language: string): Promise<Result<Connection, string>> {
  // Notices of a server's start would stand in the way of one command's answer.
  process.env.ZHIYIN_LOG ??= 'errors'
  const { openHome } = await import('../server/open.ts')
  const opened = await openHome({ folder })
  if (!opened.ok) {
    const token = opened.reason === 'home_locked' ? await readTokenFile(folder) : undefined
    // The token must be of the process that holds the lock; an older one was left by a killed server.
    if (!token || token.pid !== opened.detail?.pid) return opened
    return ok({ client: clientOf(token.address, token.secret, language), close: async () => undefined })
  }
  const { createApp } = await import('../server/app.ts')
  const { routes } = await import('../server/registry.ts')
  const operatorToken = randomBytes(32).toString('base64url')
  const app = await createApp({ services: opened.value.services, routes, operatorToken })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  // What a killed server left half done is put in order here as well.
  const { startIntake } = await import('#features/imports/jobs.ts')
  const intake = startIntake(opened.value.services)
  return ok({
    client: clientOf(address, operatorToken, language),
    close: async () => {
      await app.close()
      await intake.stop()
      await opened.value.close()
    },
  })
}
