import { randomUUID } from 'node:crypto'

/** Interactions in one batch. */
export const batchSize = 1_000

/** Batch b of a stream of interactions that begin `apartMs` after one another, from `firstMs` on. */
export const batchOf = (b: number, firstMs: number, apartMs: number): string =>
  Array.from({ length: batchSize }, (_, i) => {
    const n = b * batchSize + i
    return JSON.stringify({
      id: `i${n}`,
      start_at: new Date(firstMs + n * apartMs).toISOString(),
      channel: 'app',
      customer: `C${n % 50_000}`,
      unit: 'hq',
      intent: 'transfer',
      outcome: n % 20 ? 'success' : 'failure',
      duration_seconds: n % 300,
    })
  }).join('\n')

/** Gives a batch in; the milliseconds until it is acknowledged, and so durable. */
export async function send(
  { address, secret }: { address: string; secret: string },
  body: string,
  source = 'app',
): Promise<number> {
  const began = performance.now()
  const answer = await fetch(`${address}/api/v1/interactions?source=${source}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': randomUUID(),
    },
    body,
  })
  if (!answer.ok) throw new Error(await answer.text())
  await answer.arrayBuffer()
  return performance.now() - began
}

/** The unit that the interactions name. */
export const insertUnit =
  "insert into units (id, code, name, level, kind, path) values ('hq', 'hq', '总行', 'head_office', 'administration', '/hq/') on conflict do nothing"
