import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { openApi } from '#contract/openapi.ts'
import { type AppOptions, refuse } from './app.ts'
import { apiPage, errorsPage } from './docsPage.ts'
import { languageOf } from './problem.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
}

interface Page {
  path: string
  type: string
  encodings: Map<string, string>
  /** Named by its content: may be kept for ever. */
  immutable: boolean
}

/** The API's description, its readable pages, and the built web pages with the shell as the answer to any page address. */
export async function serveSite(app: FastifyInstance, options: AppOptions): Promise<void> {
  const description = JSON.stringify(openApi(options.routes.map((bound) => bound.route)))
  app.get('/api/openapi.json', (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(description),
  )
  const wanted = (request: FastifyRequest) => {
    const { lang } = request.query as { lang?: unknown }
    return lang === 'zh' || lang === 'en' ? lang : languageOf(request.headers['accept-language'])
  }
  const html = (reply: FastifyReply, text: string) => reply.header('content-type', types['.html']).send(text)
  const practice = options.services.home.kind === 'demo'
  app.get('/api/docs', (request, reply) => html(reply, apiPage(options.routes, wanted(request), practice)))
  app.get('/api/docs/errors', (request, reply) => html(reply, errorsPage(wanted(request), practice)))

  const pages = options.site ? await readSite(options.site) : new Map<string, Page>()
  app.setNotFoundHandler(async (request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(request, reply, 'route_unknown')
    const path = request.url.split('?')[0]!
    if (path.startsWith('/api/') || path === '/api') return refuse(request, reply, 'route_unknown')
    // A page's address may hold a dot (/questions/experience.trend): only what ends like a file of ours is none.
    const file = path.startsWith('/assets/') || extname(path) in types
    const page = pages.get(path) ?? (file ? undefined : pages.get('/index.html'))
    return page ? sendPage(request, reply, page) : refuse(request, reply, 'route_unknown')
  })
}

async function sendPage(request: FastifyRequest, reply: FastifyReply, page: Page) {
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = ['br', 'gzip'].find((name) => page.encodings.has(name) && accepted.includes(name))
  const content = await readFile(encoding ? page.encodings.get(encoding)! : page.path)
  reply.header('content-type', page.type).header('vary', 'accept-encoding')
  reply.header('cache-control', page.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (encoding) reply.header('content-encoding', encoding)
  const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  reply.header('etag', tag)
  return request.headers['if-none-match'] === tag ? reply.code(304).send() : reply.send(content)
}

/** The files of the build by their address, read once: an address that is not among them is no file, whatever it spells. */
async function readSite(folder: string): Promise<Map<string, Page>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const pages = new Map<string, Page>()
  for (const path of files) {
    const address = path.slice(folder.length).replaceAll('\\', '/')
    const packed = /\.(br|gz)$/.exec(address)
    const plain = packed && pages.get(address.slice(0, -3))
    if (plain) plain.encodings.set(packed[1] === 'gz' ? 'gzip' : 'br', path)
    else
      pages.set(address, {
        path,
        type: types[extname(address)] ?? 'application/octet-stream',
        encodings: new Map(),
        immutable: address.startsWith('/assets/'),
      })
  }
  return pages
}
