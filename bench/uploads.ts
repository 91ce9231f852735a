/**
 * What it costs that a file is sent, kept encrypted and opened again, beside loading the same file from a local path.
 * The server's own road, over HTTP, in a home on disk. WAREHOUSE_FILES=… keeps the file there instead of in the home.
 * node bench/uploads.ts [megabytes] [runs]
 */
import { once } from 'node:events'
import { createWriteStream, openAsBlob } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scopeOfOperator } from '#access/mint.ts'
import { createClient } from '#contract/client.ts'
import { readUpload, sendFile, startLoad } from '#features/imports/contract.ts'
import { dropCopy } from '#features/imports/data/copies.ts'
import { readLoad } from '#features/imports/data/loads.ts'
import { loadAndWait } from '#features/imports/mutations/loadFile.ts'
import { runningLoads } from '#features/imports/mutations/running.ts'
import { undoLoad } from '#features/imports/mutations/undo.ts'
import { openHome } from '#server/open.ts'
import { startServer } from '#server/start.ts'
import { readTokenFile } from '#store/token.ts'
import { readMapping } from '#warehouse/import/mapping.ts'
import { hashOf } from './home.ts'
import { machine, timed } from './machine.ts'

const megabytes = Number(process.argv[2] ?? 500)
const runs = Number(process.argv[3] ?? 2)
const folder = await mkdtemp(join(tmpdir(), 'zhiyin-bench-'))
const path = join(folder, 'sent.csv')
const input = { kind: 'interactions', source: 'app', columns: { source_id: 'id', start_at: 'at', channel: 'channel' } }
const mapping = readMapping(input)
if (!mapping.ok) throw new Error(JSON.stringify(mapping))

const out = createWriteStream(path)
out.write('id,at,channel,session\n')
let rows = 0
for (let bytes = 0; bytes < megabytes * 1e6; ) {
  const lines = Array.from({ length: 5_000 }, () => {
    const at = new Date(Date.UTC(2025, 0, 1) + (rows % 300) * 86_400_000 + (rows % 86_400) * 1000)
    const session = `${(rows * 2654435761) % 4294967296}`.padStart(10, '0')
    return `a${rows++},${at.toISOString().slice(0, 19).replace('T', ' ')},app,${`${session}-`.repeat(10)}\n`
  }).join('')
  bytes += lines.length
  if (!out.write(lines)) await once(out, 'drain')
}
out.end()
await once(out, 'close')

const opened = await openHome({ folder: join(folder, 'home'), kind: 'real' })
if (!opened.ok) throw new Error(opened.reason)
const { services } = opened.value
const server = await startServer({ home: opened.value, port: 0 })
const token = await readTokenFile(services.home.folder)
const client = createClient({ baseUrl: server.address, headers: () => ({ authorization: `Bearer ${token?.secret}` }) })
const wanted = async (id: number) => {
  const load = await readLoad(services, scopeOfOperator(), id)
  if (load?.state !== 'done' || load.rows.new !== rows) throw new Error(JSON.stringify(load))
  await undoLoad(services, scopeOfOperator(), id)
}
const say = ({ ms, cpuMs }: { ms: number; cpuMs: number }) => `${ms.toFixed(0)} ms (${cpuMs.toFixed(0)} ms CPU)`

console.log(`${((await stat(path)).size / 1e6).toFixed(0)} MB, ${rows} rows; ${machine()}`)
for (let run = 0; run < runs; run++) {
  const file = { path, fileName: 'sent.csv', hash: await hashOf(path) }
  const local = await timed(() => loadAndWait(services, scopeOfOperator(), file, mapping.value))
  await wanted(local.value)
  const sent = await timed(async () =>
    client.call(sendFile, {
      query: { fileName: 'sent.csv' },
      body: await openAsBlob(path),
      headers: { 'content-type': 'application/octet-stream' },
    }),
  )
  if (!sent.value.ok) throw new Error(JSON.stringify(sent.value))
  const { id } = sent.value.value
  const look = () => timed(() => client.call(readUpload, { params: { id }, query: {} }))
  const looked = await look()
  // As on another server, or after a while.
  await dropCopy(services, { id })
  const anew = await look()
  const loaded = await timed(async () => {
    const started = await client.call(startLoad, { params: { id }, body: { mapping: input, strict: false } })
    if (!started.ok) throw new Error(JSON.stringify(started))
    await runningLoads(services).get(started.value.id)?.done
    return started.value.id
  })
  await wanted(loaded.value)
  const ratio = (sent.ms + loaded.ms) / local.ms
  console.log(
    `from a path ${say(local)}; sent ${say(sent)}, looked at again ${say(looked)}, opened anew ${say(anew)}, loaded ${say(loaded)}; sent and loaded over from a path ${ratio.toFixed(2)}; highest RSS ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`,
  )
}
await server.close()
await rm(folder, { recursive: true, force: true })
process.exit(0)
