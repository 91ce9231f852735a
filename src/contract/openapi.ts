import { z } from 'zod'
import { problemSchema } from './problem.ts'
import type { Route } from './route.ts'
import { errorCatalogue, type ErrorCode } from './errors.ts'

type Schema = Record<string, unknown>

/** OpenAPI 3.1 of the routes: what the server binds is what is described. */
export function openApi(routes: readonly Route[]): Schema {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of [...routes].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = operation(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Zhiyin 知音',
      version: '1',
      description: 'A bank listens to its customers, understands what hurts, acts, and proves that it got better.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ session: [] }, { token: [] }],
    tags: [...new Set(routes.map(featureOf))].sort().map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'zhiyin_session' },
        token: { type: 'http', scheme: 'bearer' },
      },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  }
}

export const featureOf = (route: Route): string => route.id.split('.')[0]!

/** The codes a route may answer with: its own and those that follow from its shape. */
export function codesOf(route: Route): ErrorCode[] {
  const codes: ErrorCode[] = ['bad_request', 'internal', ...(route.errors ?? [])]
  if (route.permission) codes.push('not_signed_in', 'not_allowed')
  if (route.params || route.query || route.body) codes.push('validation_failed')
  // Whoever names a thing may name one that is not there, or not in his sight.
  if (route.params) codes.push('not_found')
  if (route.body || route.rawBody) codes.push('body_too_large', 'media_type_unsupported', 'request_timeout')
  if (route.method !== 'GET') codes.push('cross_site')
  if (route.callsPerMinute) codes.push('too_many_requests')
  return [...new Set(codes)]
}

function operation(route: Route): Schema {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codesOf(route)) {
    const { status } = errorCatalogue[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const problems = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\` ${errorCatalogue[code].title.en}`).join('; '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ])
  const answered = route.answerType
    ? { [route.answerType.split(';')[0]!]: { schema: { type: 'string' } } }
    : { 'application/json': { schema: schemaOf(route.answer, 'output') } }
  return {
    operationId: route.id,
    tags: [featureOf(route)],
    summary: route.summary.en,
    description: route.summary.zh,
    ...(route.permission ? { 'x-permission': route.permission } : { security: [] }),
    parameters: [...parametersOf(route, 'params', 'path'), ...parametersOf(route, 'query', 'query')],
    ...requestBody(route),
    responses: { 200: { description: 'OK', content: answered }, ...Object.fromEntries(problems) },
  }
}

function requestBody(route: Route): Schema {
  if (route.rawBody) {
    const content = route.rawBody.contentTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])
    return { requestBody: { required: true, content: Object.fromEntries(content) } }
  }
  if (!route.body) return {}
  return { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }
}

function parametersOf(route: Route, part: 'params' | 'query', where: 'path' | 'query'): Schema[] {
  const schema = route[part]
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Schema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }))
}

/** JSON Schema 2020-12, the schema language of OpenAPI 3.1. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema
  return rest
}
