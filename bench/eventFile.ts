import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** A number that looks random and is the same at every run (xorshift). */
function mixed(n: number): number {
  let x = (n + 1) * 2_654_435_761
  x ^= x << 13
  x ^= x >>> 17
  x ^= x << 5
  return x >>> 0
}

const eventsPerCase = 20

/** An event log in XES.gz of the size and shape of BPI 2012, or as many times larger as is asked: 20 events a case. */
export async function writeEventFile(path: string, events: number): Promise<void> {
  const from = Date.UTC(2024, 0, 1)
  function* parts() {
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n'
    for (let c = 0; c * eventsPerCase < events; c++) {
      let at = from + c * 30_000
      let text = `<trace><string key="concept:name" value="${100_000 + c}"/><int key="AMOUNT" value="${mixed(c) % 50_000}"/>\n`
      for (let k = 0; k < eventsPerCase; k++) {
        const h = mixed(c * eventsPerCase + k)
        at += 60_000 + (h % 40_000_000)
        text += `<event><string key="org:resource" value="${h % 68}"/><string key="lifecycle:transition" value="COMPLETE"/><string key="concept:name" value="activity ${(h >>> 8) % 24}"/><date key="time:timestamp" value="${new Date(at).toISOString()}"/></event>\n`
      }
      yield `${text}</trace>\n`
    }
    yield '</log>\n'
  }
  await pipeline(Readable.from(parts()), createGzip({ level: 1 }), createWriteStream(path))
}
