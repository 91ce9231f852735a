/** Writes until it is killed, for durability.test.ts. Says on standard output what it found and what it was promised. */
import { acquireLock } from './lock.ts'
import { openStore } from './open.ts'

const [folder, url] = process.argv.slice(2)
const lock = await acquireLock(folder!)
if (!lock.ok) throw new Error(JSON.stringify(lock))
const opened = await openStore({ folder: folder!, key: new Uint8Array(32), url })
if (!opened.ok) throw new Error(opened.reason)
const { store } = opened.value
const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)

await store.query(
  'create table if not exists promises (id text primary key, half integer not null, body text not null)',
)
const found = await store.query<{ id: string }>("select id from promises where half = 1 and id like '%-1'")
const halves = await store.query<{ n: number }>(
  "select count(*) as n from promises a where half = 1 and not exists (select 1 from promises b where b.id = replace(a.id, '-1', '-2'))",
)
say({ takenOver: lock.value.takenOver, found: found.map((row) => row.id.slice(0, -2)), torn: halves[0]!.n })

const body = 'x'.repeat(2000)
async function write(writer: number): Promise<never> {
  for (let i = 0; ; i++) {
    const id = `${process.pid}.${writer}.${i}`
    await store.transaction(async (tx) => {
      await tx.query('insert into promises values ($1, 1, $2)', [`${id}-1`, body])
      await tx.query('insert into promises values ($1, 2, $2)', [`${id}-2`, body])
    })
    say({ promised: id })
    // Being killed while a checkpoint runs is the interesting moment.
    if (writer === 0 && i % 40 === 20) await store.engine.script('checkpoint')
  }
}
await Promise.all([write(0), write(1), write(2)])
