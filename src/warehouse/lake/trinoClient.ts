import { setTimeout as sleep } from 'node:timers/promises'
import { faultOfFetch } from '#lib/faultOfFetch.ts'
import type { Bindable } from '../sql.ts'
import { literalOf, textLiteral } from './literal.ts'
import { WarehouseRefusal } from '../refusal.ts'
import { reportedError, TrinoError } from './trinoError.ts'

/** Where a cluster is and how it is asked. */
export interface TrinoAddress {
  base: string
  catalog: string
  schema: string
  user: string
  password?: string | undefined
}

/** Trino reads names and passwords as Latin-1, whatever was meant: others are told here, not as a wrong password. */
const isLatin1 = (text: string) => !/[^\u0020-\u00ff]/.test(text)

/** `trino://user:password@host:port/catalog/schema?tls=true`. Passwords need TLS: without it Trino believes any name. */
export function trinoAddress(url: string): TrinoAddress {
  const wrong = (why: string) => new WarehouseRefusal('warehouse_address_wrong', { why: `WAREHOUSE_URL: ${why}` })
  if (!URL.canParse(url)) throw wrong('not an address')
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url)
  const decoded = (text: string) => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw wrong('a % in it is written as %25')
    }
  }
  if (protocol !== 'trino:') throw wrong('it begins with trino://')
  const [catalog, schema, ...more] = pathname.slice(1).split('/').map(decoded)
  if (!hostname || !catalog || !schema || more.length > 0) throw wrong('host, catalog and schema are needed')
  for (const name of [catalog, schema])
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw wrong(`${name} is no plain lower-case name`)
  const tls = searchParams.get('tls') === 'true'
  if (password && !tls) throw wrong('a password is sent with tls=true only')
  const [user, secret] = [decoded(username), decoded(password)]
  if (!isLatin1(user) || !isLatin1(secret)) throw wrong('Trino knows Latin letters in user and password only')
  if (secret && user.includes(':')) throw wrong('a user with a password has no colon in his name')
  return {
    base: `${tls ? 'https' : 'http'}://${hostname}:${port || (tls ? 443 : 8080)}`,
    catalog,
    schema,
    user: user || 'zhiyin',
    ...(secret ? { password: secret } : {}),
  }
}

export interface TrinoColumn {
  name: string
  /** As Trino says it: `timestamp(6)`, `varchar`, `row(…)`. */
  type: string
}

export interface StatementOptions {
  values?: readonly Bindable[]
  signal?: AbortSignal | undefined
  /** Session properties, such as query_max_run_time. */
  session?: Readonly<Record<string, string>>
  /** Who asks: a dead writer's queries are found by it. */
  source?: string
  /** Gets rows as they come; without it they are gathered. */
  onRows?: (rows: unknown[][], columns: readonly TrinoColumn[]) => void | Promise<void>
}

export interface Statement {
  queryId: string
  columns: TrinoColumn[]
  rows: unknown[][]
  /** Rows written, of INSERT, DELETE, MERGE. */
  updated: number | undefined
}

interface Page {
  id: string
  nextUri?: string
  columns?: TrinoColumn[]
  data?: unknown[][]
  error?: Parameters<typeof reportedError>[0]
  updateCount?: number
}

/**
 * Whatever the cluster's own default: with TASK, an exchange whose disk is full makes Trino 476 answer without rows and
 * without an error, and an INSERT insert nothing (ADR 0042).
 */
const safeSession = { retry_policy: 'NONE' }
const busy = new Set([429, 502, 503, 504])
const triesAtMost = 8
/** How long a page may be silent: Trino answers within a second or two, also while a query runs. */
const silenceMs = 60_000

/**
 * Trino over plain HTTP: a statement is posted and its pages followed until there is no next one. Values become literals
 * of EXECUTE IMMEDIATE … USING. Aborting the signal cancels the query on the cluster.
 */
export class TrinoClient {
  readonly address: TrinoAddress

  constructor(address: TrinoAddress) {
    this.address = address
  }

  async run(text: string, options: StatementOptions = {}): Promise<Statement> {
    const { values = [], signal, onRows } = options
    signal?.throwIfAborted()
    const body = values.length
      ? `execute immediate ${textLiteral(text)} using ${values.map(literalOf).join(', ')}`
      : text
    // Not aborted with the caller: an aborted POST may have begun a query of which nobody knows the name.
    let page = await this.fetchPage('/v1/statement', {
      method: 'POST',
      body,
      headers: this.headers(options),
    })
    const statement: Statement = { queryId: page.id, columns: [], rows: [], updated: undefined }
    try {
      for (;;) {
        if (page.error) throw reportedError(page.error, page.id)
        if (page.columns) statement.columns = page.columns
        if (page.updateCount !== undefined) statement.updated = page.updateCount
        if (page.data?.length) {
          if (onRows) await onRows(page.data, statement.columns)
          else for (const row of page.data) statement.rows.push(row)
        }
        if (!page.nextUri) return statement
        signal?.throwIfAborted()
        page = await this.fetchPage(pathOf(page.nextUri), { method: 'GET', headers: this.headers(options), signal })
      }
    } catch (error) {
      if (page.nextUri) await this.cancel(pathOf(page.nextUri))
      signal?.throwIfAborted()
      throw error
    }
  }

  /** Whether the cluster answers at all, and as what. */
  async info(signal: AbortSignal = AbortSignal.timeout(5_000)): Promise<{ version: string; starting: boolean }> {
    try {
      const response = await fetch(`${this.address.base}/v1/info`, { signal, headers: this.authorization() })
      const info = (await response.json()) as { nodeVersion: { version: string }; starting: boolean }
      return { version: info.nodeVersion.version, starting: info.starting }
    } catch (cause) {
      throw unreachable(cause, 'away')
    }
  }

  private headers({ session: asked, source }: StatementOptions): Record<string, string> {
    const { user, catalog, schema } = this.address
    const session = { ...safeSession, ...asked }
    return {
      'x-trino-user': user,
      'x-trino-catalog': catalog,
      'x-trino-schema': schema,
      'x-trino-source': source ?? 'zhiyin',
      'x-trino-time-zone': 'UTC',
      // Else timestamps come without their microseconds.
      'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
      'x-trino-session': Object.entries(session)
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        .join(','),
      ...this.authorization(),
    }
  }

  private authorization(): Record<string, string> {
    const { user, password } = this.address
    return password ? { authorization: `Basic ${Buffer.from(`${user}:${password}`, 'latin1').toString('base64')}` } : {}
  }

  /** One page; what the cluster asks to be tried again is tried again, for a quarter of a minute. */
  private async fetchPage(
    path: string,
    init: { method: string; body?: string; headers: Record<string, string>; signal?: AbortSignal | undefined },
  ): Promise<Page> {
    for (let tries = 1; ; tries++) {
      const response = await this.request(path, init, tries)
      if (response === 'again') {
        await sleep(Math.min(100 * 2 ** tries, 3_000), undefined, init.signal ? { signal: init.signal } : {}).catch(
          () => undefined,
        )
        init.signal?.throwIfAborted()
        continue
      }
      return response
    }
  }

  private async request(path: string, init: Parameters<TrinoClient['fetchPage']>[1], tries: number) {
    const silence = AbortSignal.timeout(silenceMs)
    const { signal, ...rest } = init
    try {
      const response = await fetch(this.address.base + path, {
        ...rest,
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, silence]) : silence,
      })
      if (response.ok) return JSON.parse(await response.text()) as Page
      const said = (await response.text()).slice(0, 500)
      if (busy.has(response.status)) {
        if (tries < triesAtMost) return 'again' as const
        throw new TrinoError(`the cluster answers ${response.status}`, 'away')
      }
      if (response.status === 401 || response.status === 403) throw new TrinoError(said, 'denied')
      // A coordinator that was started anew knows nothing of the query.
      if (response.status === 404 || response.status === 410)
        throw new TrinoError('the cluster no longer knows the query', init.method === 'POST' ? 'away' : 'lost')
      throw new TrinoError(`the cluster answers ${response.status}: ${said}`, 'fault')
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof TrinoError) throw error
      // A statement that was sent and not answered may run: only reading on is tried again.
      if (init.method === 'GET' && tries < 3) return 'again' as const
      throw unreachable(error, init.method === 'POST' ? 'away' : 'lost')
    }
  }

  private async cancel(path: string): Promise<void> {
    await fetch(this.address.base + path, {
      method: 'DELETE',
      headers: this.headers({}),
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined)
  }
}

const unreachable = (cause: unknown, reason: 'away' | 'lost') =>
  new TrinoError(`the cluster cannot be reached: ${faultOfFetch(cause)}`, reason, { cause })

/** The next page is asked of the address we were given: credentials go nowhere else. */
function pathOf(uri: string): string {
  const { pathname, search } = new URL(uri)
  return pathname + search
}
