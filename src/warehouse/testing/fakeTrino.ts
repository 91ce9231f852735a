import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What is said to a statement of this pattern: rows, how many it wrote, or why it is denied. */
export type FakeAnswers = readonly (readonly [RegExp, unknown[][] | number | string])[]

/** A coordinator that answers each statement by the first pattern it meets, else without rows. */
export async function fakeTrino(answers: FakeAnswers, version = '476') {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      if (request.url === '/v1/info') {
        response.end(JSON.stringify({ nodeVersion: { version }, starting: false }))
        return
      }
      const text = Buffer.concat(chunks).toString()
      asked.push(text)
      const answer = answers.find(([pattern]) => pattern.test(text))?.[1] ?? []
      const page = { id: 'q', columns: [{ name: 'x', type: 'varchar' }] }
      response.end(
        JSON.stringify(
          typeof answer === 'string'
            ? { id: 'q', error: { message: answer, errorName: 'PERMISSION_DENIED' } }
            : typeof answer === 'number'
              ? { id: 'q', updateCount: answer }
              : { ...page, data: answer },
        ),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `trino://zhiyin@127.0.0.1:${port}/lake/bank`, asked, close: () => server.close() }
}
