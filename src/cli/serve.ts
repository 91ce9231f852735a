import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '#contract/client.ts'
import { readDoor } from '#features/access/contract.ts'
import { log } from '#lib/log.ts'
import type { Language } from '#lib/text.ts'
import type { OpenHome } from '../server/open.ts'
import type { Command, Exit, Invocation } from './command.ts'
import { announceServer, withdrawServer } from './running.ts'

export const command: Command = {
  name: 'serve',
  usage: '--home DIR',
  summary: { zh: '打开（或新建）一个正式的数据目录并提供服务', en: 'open a real home, or make it, and serve it' },
  options: {
    home: {
      type: 'string',
      argument: 'DIR',
      about: { zh: '数据目录；没有则新建（正式）', en: 'the home; made as a real one if it is not there' },
    },
    port: { type: 'string', argument: 'N', about: { zh: '端口，默认 7700', en: 'port, 7700 by default' } },
    host: {
      type: 'string',
      argument: 'HOST',
      about: { zh: '监听地址，默认仅本机', en: 'address to listen on; this machine only by default' },
    },
    'trust-proxy': {
      type: 'string',
      argument: 'ADDRESS',
      about: {
        zh: '信任该地址的反向代理所给的来源',
        en: 'believe the X-Forwarded headers of the proxy at this address',
      },
    },
    'drain-seconds': {
      type: 'string',
      argument: 'N',
      about: {
        zh: '停止时先声明未就绪并等待 N 秒，供代理撤离；多服务器时默认 5，否则 0',
        en: 'on stopping, be unready for N seconds first so that proxies turn away; 5 with several servers, else 0',
      },
    },
    'admin-link': {
      type: 'boolean',
      about: {
        zh: '打印一个一次性链接，用于新增一位管理员（现有管理员都无法登录时）',
        en: 'print a one-time link for one more administrator, when those there are cannot sign in',
      },
    },
    anyway: {
      type: 'boolean',
      about: {
        zh: '数据已迁往别处，仍在此处打开旧数据',
        en: 'open the old home here although it has moved elsewhere',
      },
    },
    'time-zone': {
      type: 'string',
      argument: 'ZONE',
      about: { zh: '新建时的时区，默认 Asia/Shanghai', en: 'time zone of a new home, Asia/Shanghai by default' },
    },
  },
  async run(invocation) {
    const folder = invocation.values.home ?? process.env.ZHIYIN_HOME
    if (typeof folder !== 'string' || invocation.positionals.length) {
      return invocation.misuse({ zh: '用法：zhiyin serve --home DIR', en: 'usage: zhiyin serve --home DIR' })
    }
    const { readHome } = await import('#store/home.ts')
    const { openHome } = await import('../server/open.ts')
    const found = await readHome(folder)
    const timeZone = invocation.values['time-zone']
    if (typeof timeZone === 'string' && !Intl.supportedValuesOf('timeZone').includes(timeZone)) {
      return invocation.misuse({ zh: `没有这个时区：${timeZone}`, en: `no such time zone: ${timeZone}` })
    }
    const opened = await openHome({
      folder,
      kind: typeof found === 'object' ? found.kind : 'real',
      ...(typeof timeZone === 'string' ? { timeZone } : {}),
      anyway: invocation.values.anyway === true,
    })
    if (!opened.ok) return invocation.refuse(opened)
    return serveHome(invocation, opened.value)
  },
}

/** Serves an opened home until the process is asked to stop. */
export async function serveHome(invocation: Invocation, home: OpenHome): Promise<Exit> {
  const { startServer } = await import('../server/start.ts')
  const { startTelemetry } = await import('../server/telemetry/start.ts')
  const { values, language } = invocation
  const port = values.port === undefined ? Number(process.env.ZHIYIN_PORT ?? 7700) : Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    await home.close()
    return invocation.misuse({
      zh: '端口须是 0 到 65535 的整数',
      en: 'the port must be a whole number from 0 to 65535',
    })
  }
  const drainSeconds =
    values['drain-seconds'] === undefined ? (home.services.server.shared ? 5 : 0) : Number(values['drain-seconds'])
  if (!Number.isInteger(drainSeconds) || drainSeconds < 0 || drainSeconds > 3600) {
    await home.close()
    return invocation.misuse({
      zh: '--drain-seconds 须是 0 到 3600 的整数',
      en: '--drain-seconds must be a whole number from 0 to 3600',
    })
  }
  await buildPagesOnce()
  const telemetry = await startTelemetry()
  // Asked from here on: a signal during the start must not leave token and lock behind. A second one ends it at once.
  const stopAsked = new Promise<void>((resolve) => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (asked) process.exit(1)
        asked = true
        resolve()
      })
  })
  let running: Awaited<ReturnType<typeof startServer>>
  try {
    running = await startServer({
      home,
      port,
      ...(typeof values.host === 'string' ? { host: values.host } : {}),
      ...(typeof values['trust-proxy'] === 'string' ? { trustProxy: values['trust-proxy'] } : {}),
    })
  } catch (error) {
    await home.close()
    await telemetry.stop()
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error
    return invocation.refuse({ reason: 'address_in_use', detail: { port, cause: (error as Error).message } })
  }
  await announceServer(running.port, home.services.home.folder)
  const { kind, folder } = home.services.home
  const link = await linkOf(home, running.address, values['admin-link'] === true)
  if (invocation.json)
    invocation.print(
      JSON.stringify({ address: running.address, folder, kind, ...(link ? { administratorLink: link } : {}) }),
    )
  else {
    const lines = {
      zh: [`知音已启动：${running.address}`, `数据目录：${folder}（按 Ctrl-C 停止）`],
      en: [`Zhiyin is ready: ${running.address}`, `Home: ${folder} (Ctrl-C stops it)`],
    }[language]
    if (link) lines.push(texts.link[language], `  ${link}`)
    if (kind === 'demo') lines.push(texts.demo[language], ...(await demoSignIns(running.address, language)))
    for (const line of lines) invocation.print(line)
  }
  await stopAsked
  await withdrawServer(running.port)
  await running.close({ drainSeconds })
  // Last: closing, too, is told of.
  await telemetry.stop()
  return 0
}

/** In a fresh clone the pages have not been built yet; without them the API is served alone. */
async function buildPagesOnce(): Promise<void> {
  const root = join(import.meta.dirname, '../..')
  if (existsSync(join(root, 'dist', 'web', 'index.html'))) return
  const builder = spawn(process.execPath, [join(root, 'scripts', 'site.mjs')], { stdio: ['ignore', 2, 2] })
  const code = await new Promise<number | null>((resolve) => {
    builder.once('error', () => resolve(1))
    builder.once('exit', resolve)
  })
  if (code !== 0) log('warn', 'the web pages could not be built: only the API is served')
}

/** The page takes the token from the fragment, which no log sees. */
async function linkOf({ services }: OpenHome, address: string, another: boolean): Promise<string | undefined> {
  const { administratorLink, firstAdministratorLink } = await import('#access/link.ts')
  const { store, home, clock, server } = services
  const first = home.kind === 'real' ? await firstAdministratorLink(store, clock(), server.shared) : undefined
  const link = first ?? (another ? await administratorLink(store, clock()) : undefined)
  return link && `${address}/welcome#${link.token}`
}

/** The accounts to try, as the sign-in page lists them; a real home has none. */
async function demoSignIns(address: string, language: Language): Promise<string[]> {
  const door = await createClient({ baseUrl: address }).call(readDoor, {})
  if (!door.ok) return []
  return door.value.signIns.map(({ login, password, role }) => `  ${login} / ${password}  ${role[language]}`)
}

const texts = {
  link: {
    zh: '管理员请用此一次性链接设置密码（24 小时内有效）：',
    en: 'The administrator sets a password with this one-time link (valid for 24 hours):',
  },
  demo: { zh: '演示银行，全部数据均为虚构。演示账户：', en: 'A demonstration: all data is synthetic. Sign in as:' },
}
