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
    'time-zone': {
      type: 'string',
      argument: 'ZONE',
      about: { zh: '新建时的时区，默认 Asia/Shanghai', en: 'time zone of a new home, Asia/Shanghai by default' },
    },
  },
  async run(invocation) {
    const folder = invocation.values.home ?? process.env.ZHIYIN_HOME
    if (typeof folder !== 'string' || invocation.positionals.length) {
      invocation.say({ zh: '用法：zhiyin serve --home DIR', en: 'usage: zhiyin serve --home DIR' })
      return 2
    }
    const { readHome } = await import('#store/home.ts')
    const { openHome } = await import('../server/open.ts')
    const found = await readHome(folder)
    const timeZone = invocation.values['time-zone']
    if (typeof timeZone === 'string' && !Intl.supportedValuesOf('timeZone').includes(timeZone)) {
      invocation.say({ zh: `没有这个时区：${timeZone}`, en: `no such time zone: ${timeZone}` })
      return 2
    }
    const opened = await openHome({
      folder,
      kind: found?.kind ?? 'real',
      ...(typeof timeZone === 'string' ? { timeZone } : {}),
    })
    if (!opened.ok) return invocation.refuse(opened)
    return serveHome(invocation, opened.value)
  },
}

/** Serves an opened home until the process is asked to stop. */
export async function serveHome(invocation: Invocation, home: OpenHome): Promise<Exit> {
  const { startServer } = await import('../server/start.ts')
  const { values } = invocation
  const port = values.port === undefined ? Number(process.env.ZHIYIN_PORT ?? 7700) : Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    await home.close()
    invocation.say({ zh: '端口须是 0 到 65535 的整数', en: 'the port must be a whole number from 0 to 65535' })
    return 2
  }
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
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error
    return invocation.refuse({ reason: 'address_in_use', detail: { port, cause: (error as Error).message } })
  }
  await announceServer(running.port, home.services.home.folder)
  if (invocation.json) invocation.print(JSON.stringify({ address: running.address, home: home.services.home }))
  else
    invocation.say({
      zh: `知音已启动：${running.address}\n数据目录：${home.services.home.folder}（按 Ctrl-C 停止）`,
      en: `Zhiyin is ready: ${running.address}\nHome: ${home.services.home.folder} (Ctrl-C stops it)`,
    })
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  await withdrawServer(running.port)
  await running.close()
  return 0
}
