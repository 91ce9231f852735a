import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { routes } from '#server/registry.ts'
import { createClient } from './client.ts'
import { openApi } from './openapi.ts'
import { route } from './route.ts'

interface Operation {
  operationId: string
  parameters: { name: string; in: string; required: boolean }[]
  requestBody?: object
  responses: Record<string, object>
}

describe('the description of the API', () => {
  const description = openApi(routes.map((bound) => bound.route)) as {
    openapi: string
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, object> }
  }
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

  test('holds every route once', () => {
    assert.equal(operations.length, routes.length)
    assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, routes.length)
  })

  test('declares each parameter that an address has', () => {
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = operation.parameters.filter((one) => one.in === 'path').map((one) => one.name)
      assert.deepEqual(declared.sort(), named.sort(), path)
      assert.ok(operation.parameters.every((one) => one.in !== 'path' || one.required))
    }
  })

  test('refers only to what it holds', () => {
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference]) => reference!,
    )
    assert.ok(references.length > 0)
    for (const reference of references)
      assert.ok(reference.replace('#/components/schemas/', '') in description.components.schemas, reference)
  })

  test('names the refusals of a route that asks for a permission', () => {
    const ask = description.paths['/api/v1/ask/{question}']?.post
    assert.ok(ask?.requestBody)
    for (const status of ['200', '400', '401', '403', '404', '413', '415', '422'])
      assert.ok(status in ask.responses, status)
  })
})

describe('the client', () => {
  const find = route({
    id: 'things.find',
    method: 'GET',
    path: '/api/v1/things/:id',
    summary: { zh: '查', en: 'Find' },
    params: z.object({ id: z.string() }),
    query: z.object({ tag: z.array(z.string()).optional(), deep: z.boolean().optional(), none: z.string().optional() }),
    answer: z.object({ url: z.string() }),
  })
  const answering = (response: () => Response) =>
    createClient({ baseUrl: 'http://bank', fetch: async () => response() })

  test('writes parameters and queries so that they arrive as they were', async () => {
    const client = createClient({ baseUrl: 'http://bank', fetch: async (url) => Response.json({ url: String(url) }) })
    const answer = await client.call(find, { params: { id: '柜面/1' }, query: { tag: ['a b', 'c&d'], deep: false } })
    assert.ok(answer.ok)
    assert.equal(answer.value.url, 'http://bank/api/v1/things/%E6%9F%9C%E9%9D%A2%2F1?tag=a+b&tag=c%26d&deep=false')
  })

  test('gives a refusal as a value with its problem', async () => {
    const problem = { type: '', title: '未找到', status: 404, detail: '', code: 'not_found', correlation: 'req_1' }
    const headers = { 'content-type': 'application/problem+json' }
    const answer = await answering(() => new Response(JSON.stringify(problem), { status: 404, headers })).call(find, {
      params: { id: 'x' },
    })
    assert.deepEqual(answer, { ok: false, reason: 'not_found', problem })
  })

  test('does not take a proxy’s error page for an answer', async () => {
    const answer = await answering(() => new Response('<h1>Bad gateway</h1>', { status: 502 })).call(find, {
      params: { id: 'x' },
    })
    assert.deepEqual(answer, { ok: false, reason: 'server_unreachable' })
  })
})
