import { text as textOf } from 'node:stream/consumers'
import type { Client } from '#contract/client.ts'
import type { AnswerOf, BodyIn } from '#contract/route.ts'
import {
  approveErasure,
  grounds,
  listErasures,
  previewErasure,
  readErasure,
  refusals,
  refuseErasure,
  requestErasure,
  withdrawErasure,
} from '#features/erasures/contract.ts'
import { texts } from '#features/erasures/texts.ts'
import type { Language } from '#lib/text.ts'
import { type Command, type Exit, homeOptions, type Invocation } from './command.ts'
import { connect } from './connect.ts'

type Customers = BodyIn<typeof previewErasure>['customers']
type Whole = AnswerOf<typeof readErasure>
type Held = AnswerOf<typeof previewErasure>['held']

const usage =
  '[show ID | preview CUSTOMER… | request CUSTOMER… | approve ID | refuse ID | withdraw ID] [--ground G] [--reason R] [--note TEXT]'

export const command: Command = {
  name: 'erasures',
  usage,
  summary: { zh: '个人信息删除：登记、批准、查看', en: 'erase customers: file, approve, look' },
  options: {
    ...homeOptions,
    ground: { type: 'string', argument: 'G', about: { zh: '法律依据，见下', en: 'the legal ground, see below' } },
    reason: { type: 'string', argument: 'R', about: { zh: '拒绝理由，见下', en: 'why it is refused, see below' } },
    note: { type: 'string', argument: 'TEXT', about: { zh: '说明，加密保存', en: 'a note, kept encrypted' } },
  },
  notes: {
    zh: `CUSTOMER：SOURCE:NUMBER（如 core:10086）或 key:本系统代码；写 - 则从标准输入逐行读取，客户号便不留在命令历史里。
依据：${grounds.join('、')}
理由：${refusals.join('、')}
批准后由运行中的服务在一分钟左右开始执行。`,
    en: `CUSTOMER: SOURCE:NUMBER (as core:10086) or key:OUR_KEY; with - they are read from standard input, one a line, and stay out of the shell's history.
Grounds: ${grounds.join(', ')}
Reasons: ${refusals.join(', ')}
What is approved is carried out by the running server within about a minute.`,
  },
  async run(invocation) {
    const { positionals, values } = invocation
    const [action = 'list', ...rest] = positionals
    const note = typeof values.note === 'string' ? values.note : ''
    const one = rest.length === 1 ? (rest[0] as string) : undefined
    if (action === 'list' && rest.length === 0) return withClient(invocation, (client) => list(client, invocation))
    if (action === 'show' && one) return withClient(invocation, (client) => show(client, invocation, one))
    if ((action === 'preview' || action === 'request') && rest.length > 0) {
      const customers = await customersFrom(rest)
      const ground = grounds.find((known) => known === values.ground)
      if (!customers || (action === 'request' && !ground)) return misuse(invocation)
      return withClient(invocation, async (client) => {
        if (action === 'preview') return preview(client, invocation, customers)
        const body = { customers, ground: ground as (typeof grounds)[number], note }
        const answer = await client.call(requestErasure, { body })
        if (!answer.ok) return invocation.refuse(answer)
        invocation.print(invocation.json ? JSON.stringify(answer.value) : answer.value.id)
        return 0
      })
    }
    if (!one) return misuse(invocation)
    const params = { id: one }
    if (action === 'approve')
      return decided(invocation, (client) => client.call(approveErasure, { params }), texts.approved)
    if (action === 'withdraw')
      return decided(invocation, (client) => client.call(withdrawErasure, { params }), texts.withdrawn)
    const reason = refusals.find((known) => known === values.reason)
    if (action !== 'refuse' || !reason || !note) return misuse(invocation)
    return decided(
      invocation,
      (client) => client.call(refuseErasure, { params, body: { reason, note } }),
      texts.refused,
    )
  },
}

const misuse = (invocation: Invocation): Exit =>
  invocation.misuse({ zh: `用法：zhiyin erasures ${usage}`, en: `usage: zhiyin erasures ${usage}` })

async function withClient(invocation: Invocation, work: (client: Client) => Promise<Exit>): Promise<Exit> {
  const connection = await connect(invocation)
  if (!connection.ok) return invocation.refuse(connection)
  try {
    return await work(connection.value.client)
  } finally {
    await connection.value.close()
  }
}

/** `core:10086`, `key:123`, or - for lines of standard input; undefined where one of them says neither. */
async function customersFrom(words: readonly string[]): Promise<Customers | undefined> {
  const all = words.length === 1 && words[0] === '-' ? (await textOf(process.stdin)).split(/\r?\n/) : words
  const found: Customers = []
  for (const word of all.map((each) => each.trim()).filter((each) => each !== '')) {
    const at = word.indexOf(':')
    const [source, number] = [word.slice(0, at), word.slice(at + 1)]
    if (at < 1 || number === '') return undefined
    if (source !== 'key') found.push({ source, number })
    else if (/^[1-9]\d{0,15}$/.test(number)) found.push({ key: Number(number) })
    else return undefined
  }
  return found.length > 0 ? found : undefined
}

async function list(client: Client, invocation: Invocation): Promise<Exit> {
  const answer = await client.call(listErasures, { query: { limit: 200 } })
  if (!answer.ok) return invocation.refuse(answer)
  if (invocation.json) invocation.print(JSON.stringify(answer.value.requests, null, 2))
  else
    for (const { id, state, ground, requestedAt } of answer.value.requests)
      invocation.print(
        [id, texts[`state_${state}`], texts[`ground_${ground}`], requestedAt]
          .map((part) => (typeof part === 'string' ? part : part[invocation.language]))
          .join('  '),
      )
  return 0
}

async function preview(client: Client, invocation: Invocation, customers: Customers): Promise<Exit> {
  const answer = await client.call(previewErasure, { body: { customers } })
  if (!answer.ok) return invocation.refuse(answer)
  if (invocation.json) invocation.print(JSON.stringify(answer.value, null, 2))
  else for (const line of linesOf(answer.value.held, invocation.language)) invocation.print(line)
  return 0
}

async function show(client: Client, invocation: Invocation, id: string): Promise<Exit> {
  const answer = await client.call(readErasure, { params: { id } })
  if (!answer.ok) return invocation.refuse(answer)
  const whole: Whole = answer.value
  if (invocation.json) invocation.print(JSON.stringify(whole, null, 2))
  else {
    invocation.print(`${whole.id}  ${texts[`state_${whole.state}`][invocation.language]}`)
    for (const { key, source, number } of whole.subjects)
      invocation.print(`  ${source ?? 'key'}:${number ?? key}${number === null ? '' : `  (key:${key})`}`)
    for (const line of linesOf(whole.erased ?? whole.held, invocation.language)) invocation.print(line)
  }
  return 0
}

const linesOf = (held: Pick<Held, 'facts' | 'texts' | 'records'> | null, language: Language): string[] => [
  ...(held?.facts ?? []).map(
    ({ kind, rows, first, last, loads }) =>
      `  ${texts[`kind_${kind}`][language]}: ${rows}  ${first} – ${last}  (${texts.loads[language]} ${loads})`,
  ),
  ...(['texts', 'records'] as const).flatMap((kind) =>
    held?.[kind] ? [`  ${texts[`kind_${kind}`][language]}: ${held[kind]}`] : [],
  ),
]

const decided = (
  invocation: Invocation,
  call: (client: Client) => Promise<Awaited<ReturnType<Client['call']>>>,
  said: (typeof texts)['approved' | 'withdrawn' | 'refused'],
): Promise<Exit> =>
  withClient(invocation, async (client) => {
    const answer = await call(client)
    if (!answer.ok) return invocation.refuse(answer)
    if (invocation.json) invocation.print(JSON.stringify(answer.value))
    else invocation.say(said)
    return 0
  })
