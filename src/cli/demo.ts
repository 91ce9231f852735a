import { readFile } from 'node:fs/promises'
import type { Command, Exit, Invocation } from './command.ts'
import { serveHome } from './serve.ts'

export const command: Command = {
  name: 'demo',
  usage: '[--home DIR] [--customers N] [--seed S] [--plant FILE] [--serve]',
  summary: { zh: '生成一家虚构的演示银行', en: 'make a synthetic bank to look at' },
  options: {
    home: {
      type: 'string',
      argument: 'DIR',
      about: { zh: '数据目录，默认 ./.zhiyin/demo', en: 'the home, ./.zhiyin/demo by default' },
    },
    customers: {
      type: 'string',
      argument: 'N',
      about: { zh: '客户数，默认 50000', en: 'customers, 50000 by default' },
    },
    seed: { type: 'string', argument: 'S', about: { zh: '随机种子，默认 1', en: 'seed, 1 by default' } },
    plant: {
      type: 'string',
      argument: 'FILE',
      about: {
        zh: '要植入的真相（JSON），说明见 demo/README.md',
        en: 'the truths to plant (JSON); demo/README.md explains them',
      },
    },
    serve: {
      type: 'boolean',
      about: { zh: '随后提供服务；已有则直接服务', en: 'then serve it; one that is there is served as it is' },
    },
    port: { type: 'string', argument: 'N', about: { zh: '端口，默认 7700', en: 'port, 7700 by default' } },
    host: {
      type: 'string',
      argument: 'HOST',
      about: { zh: '监听地址，默认仅本机', en: 'address to listen on; this machine only by default' },
    },
  },
  async run(invocation) {
    const { values, positionals } = invocation
    const customers = wholeNumber(values.customers)
    const seed = wholeNumber(values.seed)
    if (positionals.length || customers === null || customers === 0 || seed === null) {
      return invocation.misuse({
        zh: '用法：zhiyin demo [--customers N] [--seed S]，N、S 为正整数',
        en: 'usage: zhiyin demo [--customers N] [--seed S], both whole numbers',
      })
    }
    const plant = typeof values.plant === 'string' ? await readPlant(values.plant, invocation) : undefined
    if (plant === null) return 2
    return makeDemo(invocation, { customers, seed, plant })
  },
}

interface Wanted {
  customers: number | undefined
  seed: number | undefined
  plant: unknown
}

async function makeDemo(invocation: Invocation, { customers, seed, plant }: Wanted): Promise<Exit> {
  const folder = typeof invocation.values.home === 'string' ? invocation.values.home : './.zhiyin/demo'
  const { readHome } = await import('#store/home.ts')
  const { openHome } = await import('../server/open.ts')
  const there = await readHome(folder)
  const serve = invocation.values.serve === true
  if (typeof there === 'object' && (!serve || customers !== undefined || seed !== undefined || plant !== undefined))
    return invocation.refuse({ reason: 'home_exists', detail: { folder, kind: there.kind } })
  const began = Date.now()
  const { birthDemo, birthPlan, PlantError } = await import('#demo/birth.ts')
  const options = {
    ...(customers === undefined ? {} : { customers }),
    ...(seed === undefined ? {} : { seed }),
    ...(plant === undefined ? {} : { plant }),
    onProgress: invocation.say,
  }
  let opened: Awaited<ReturnType<typeof openHome>>
  try {
    // A refused plant file leaves nothing behind: it is read before there is a home.
    if (!there) await birthPlan(options, () => new Date())
    opened = await openHome({
      folder,
      kind: 'demo',
      birth: async (services) => {
        await birthDemo(services, options)
      },
    })
  } catch (error) {
    if (!(error instanceof PlantError)) throw error
    const faults = error.faults.map(({ plant, field, message }) => `  plants[${plant}].${field}: ${message}`).join('\n')
    return invocation.misuse({
      zh: `植入文件有误，未生成：\n${faults}`,
      en: `the plant file is not valid; nothing was made:\n${faults}`,
    })
  }
  if (!opened.ok) return invocation.refuse(opened)
  if (serve) return serveHome(invocation, opened.value)
  await opened.value.close()
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  if (invocation.json) invocation.print(JSON.stringify({ folder, kind: 'demo' }))
  else
    invocation.say({
      zh: `演示银行已生成：${folder}（${seconds} 秒）`,
      en: `the demonstration bank stands in ${folder} (${seconds} s)`,
    })
  return 0
}

/** Undefined where nothing was said, null where it is no whole number. */
function wholeNumber(text: string | boolean | undefined): number | null | undefined {
  if (text === undefined) return undefined
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : null
}

async function readPlant(path: string, invocation: Invocation): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    invocation.misuse({
      zh: `植入文件读不了：${path}（${(error as Error).message}）`,
      en: `cannot read the plant file ${path}: ${(error as Error).message}`,
    })
    return null
  }
}
