import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A statement that runs until it is cancelled. */
export const endless = Symbol('endless')

/** What is said to a statement of this pattern: rows, how many it wrote, why it is denied, or nothing for as long as it is waited for. */
export type FakeAnswers = readonly (readonly [RegExp, unknown[][] | number | string | typeof endless])[]

/** A coordinator that answers each statement by the first pattern it meets, else without rows. */
export async function fakeTrino(answers: FakeAnswers, version = '476') {
  const asked: string[] = []
  const headers: IncomingHttpHeaders[] = []
  const cancelled: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      if (request.url === '/v1/info') {
        response.end(JSON.stringify({ nodeVersion: { version }, starting: false }))
        return
      }
      const running = /^\/v1\/statement\/executing\/(\w+)/.exec(request.url ?? '')?.[1]
      if (running !== undefined) {
        // Whoever follows it waits: a page of it never comes.
        if (request.method !== 'DELETE') return
        cancelled.push(running)
        response.writeHead(204).end()
        return
      }
      const text = Buffer.concat(chunks).toString()
      asked.push(text)
      headers.push(request.headers)
      const answer = answers.find(([pattern]) => pattern.test(text))?.[1] ?? []
      // One that writes is found by its id in what it wrote.
      const id = answer === endless ? `q${asked.length}` : 'q'
      const page = { id, columns: [{ name: 'x', type: 'varchar' }] }
      response.end(
        JSON.stringify(
          answer === endless
            ? { id, nextUri: `http://elsewhere.example/v1/statement/executing/${id}/1` }
            : typeof answer === 'string'
              ? { id, error: { message: answer, errorName: 'PERMISSION_DENIED' } }
              : typeof answer === 'number'
                ? { id, updateCount: answer }
                : { ...page, data: answer },
        ),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `trino://zhiyin@127.0.0.1:${port}/lake/bank`,
    asked,
    /** Of each statement asked. */
    headers,
    /** Which of the statements asked were taken off again, as `q1` and so on. */
    cancelled,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
