// `scripts/cluster.sh`: a whole cluster on one machine, for trying it out and for the tests of what fails.
import { parseArgs } from 'node:util'
import { ensureInstalled } from '../install.mjs'
import { awaitPart, bringPart, killPart, parts, startPart, stopPart } from './parts.mjs'
import { prepareDatabases, purge } from './postgres.mjs'
import { lastWords, residentBytes } from './process.mjs'
import { alone, openState, partNames, prepareState, removeState } from './state.mjs'
import { activeNodes } from './trino.mjs'

const usage = `usage: scripts/cluster.sh COMMAND
  up [--without-servers] [--json]   starts what does not run and waits until all of it is ready
  status [--json]                   each part with pid, port and memory; ends with 1 if one is down
  down [--purge]                    stops what was started; --purge removes the data as well
  start NAME | stop NAME | kill NAME
parts: ${partNames.join(', ')}
state: $ZHIYIN_CLUSTER, .zhiyin/cluster by default`

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, 'without-servers': { type: 'boolean' }, purge: { type: 'boolean' } },
  allowPositionals: true,
})
const [command, name] = positionals
const state = openState()
const say = (text) => console.error(text)
const nodes = ['coordinator', 'worker1', 'worker2']

const commands = {
  async up() {
    ensureInstalled()
    // What is missing is said before anything runs.
    await parts.coordinator.prepare(state, say)
    await prepareState(state)
    await bring('postgres')
    await prepareDatabases(state)
    for (const node of nodes) await startPart(state, node, say)
    for (const node of nodes) await awaitPart(state, node)
    await awaitPart(state, 'coordinator', allNodes)
    say('the coordinator and both workers take part')
    if (values['without-servers']) return print()
    const { ensureSite } = await import('../site.mjs')
    await ensureSite()
    const before = ['server1', 'server2'].filter((part) => state.running(part))
    for (const part of ['server1', 'server2', 'proxy']) await bring(part)
    print({ link: before.length === 2 ? undefined : firstLink(before.includes('server2') ? 'server1' : 'server2') })
  },
  async status() {
    const rows = await Promise.all(partNames.map(statusOf))
    if (values.json) console.log(JSON.stringify(rows, null, 2))
    else for (const line of table(rows)) console.log(line)
    process.exitCode = rows.every(({ ready }) => ready) ? 0 : 1
  },
  async down() {
    if (!state.settings) return say(`there is no cluster in ${state.folder}`)
    await stopPart(state, 'proxy', say)
    await Promise.all(['server1', 'server2'].map((server) => stopPart(state, server, say)))
    await Promise.all(nodes.map((node) => stopPart(state, node, say)))
    await stopPart(state, 'postgres', say)
    if (!values.purge) return
    purge(state)
    removeState(state)
    say(`removed the data in ${state.folder}`)
  },
  async start() {
    await bring(name)
    if (nodes.includes(name)) await awaitPart(state, name, async () => (await active()).includes(name))
  },
  stop: () => stopPart(state, name, say),
  kill: () => killPart(state, name),
}

const bring = (part) => bringPart(state, part, say)

const active = () => activeNodes(state).catch(() => [])
async function allNodes() {
  const found = await active()
  return nodes.every((node) => found.includes(node))
}

async function statusOf(part) {
  const running = state.running(part)
  const answers = running !== undefined && (await parts[part].ready(state, part))
  // A worker that the coordinator does not know serves nobody.
  const ready = answers && (!nodes.includes(part) || (await active()).includes(part))
  const { pid } = running ?? {}
  return { name: part, pid, port: state.settings?.ports[part], residentBytes: pid ? residentBytes(pid) : 0, ready }
}

function table(rows) {
  const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`
  const total = rows.reduce((sum, row) => sum + row.residentBytes, 0)
  const line = (...cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(9))).join('')
  return [
    line('part', 'pid', 'port', 'memory', 'state'),
    ...rows.map(({ name: part, pid, port, residentBytes: bytes, ready }) =>
      line(
        part,
        `${pid ?? '-'}`,
        `${port ?? '-'}`,
        pid ? megabytes(bytes) : '-',
        ready ? 'ready' : pid ? 'waits' : 'down',
      ),
    ),
    line('in all', '', '', megabytes(total), ''),
  ]
}

/** The link for the first administrator: the server that started last has made the one that is good. */
function firstLink(server) {
  const token = /\/welcome(#\S+)/.exec(lastWords(state.log(server)))?.[1]
  return token && `${state.settings.proxyUrl}/welcome${token}`
}

function print({ link } = {}) {
  const { password, secret, ...settings } = state.settings
  if (values.json) return console.log(JSON.stringify(settings, null, 2))
  console.log(`DATABASE_URL=${settings.databaseUrl}`)
  console.log(`WAREHOUSE_URL=${settings.warehouseUrl}`)
  console.log(`WAREHOUSE_FILES=${settings.warehouseFiles}`)
  if (values['without-servers']) return
  console.log(`\nZhiyin: ${settings.proxyUrl}`)
  if (link) console.log(`First administrator: ${link}`)
}

const single = ['start', 'stop', 'kill'].includes(command)
if (!Object.hasOwn(commands, command ?? '') || (single ? !partNames.includes(name) : name !== undefined)) {
  say(usage)
  process.exit(2)
}
if (single && !state.settings) {
  say(`there is no cluster in ${state.folder}: scripts/cluster.sh up makes one`)
  process.exit(1)
}
try {
  await (command === 'status' ? commands.status() : alone(state, say, commands[command]))
} catch (error) {
  say(error.message)
  process.exitCode = 1
}
