import type { z } from 'zod'
import type { Permission } from '#access/policy.ts'
import type { Text } from '#lib/text.ts'
import type { ErrorCode } from './errors.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A route as data: the server binds it, the client calls it, OpenAPI and the fuzz test are made from it. */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  /** `feature.verb`, unique; the operationId of OpenAPI. */
  id: string
  method: Method
  /** `/api/v1/findings/:id`; parameters as `:name`. */
  path: string
  summary: Text
  /** Undefined: anyone may call it, signed in or not. */
  permission?: Permission
  params?: Params
  query?: Query
  body?: Body
  /** What a raw body (NDJSON, an uploaded file) is; the handler then reads the stream itself. */
  rawBody?: { contentTypes: readonly string[]; limitBytes: number }
  /** Changes nothing, though it is no GET: what it asks of the warehouse ends when its caller goes away, as a GET's does. */
  answersOnly?: true
  /** The largest JSON body in bytes; 1 MiB where nothing is said. */
  bodyLimitBytes?: number
  /** How often one address may call it; for what can be guessed (passwords, links). */
  callsPerMinute?: number
  answer: Answer
  /** The media type of an answer that is not JSON. */
  answerType?: string
  /** Codes of the catalogue that the handler may answer with, besides those that every route has. */
  errors?: readonly ErrorCode[]
}

export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  definition: Route<P, Q, B, A>,
): Route<P, Q, B, A> {
  return definition
}

/** Whether nothing is lost when it is broken off half-way. */
export const changesNothing = ({ method, answersOnly }: Route): boolean => method === 'GET' || answersOnly === true

export type ParamsOf<R> = R extends Route<infer P, z.ZodType, z.ZodType, z.ZodType> ? z.output<P> : never
export type QueryOf<R> = R extends Route<z.ZodType, infer Q, z.ZodType, z.ZodType> ? z.output<Q> : never
export type BodyOf<R> = R extends Route<z.ZodType, z.ZodType, infer B, z.ZodType> ? z.output<B> : never
export type AnswerOf<R> = R extends Route<z.ZodType, z.ZodType, z.ZodType, infer A> ? z.output<A> : never

export type ParamsIn<R> = R extends Route<infer P, z.ZodType, z.ZodType, z.ZodType> ? z.input<P> : never
export type QueryIn<R> = R extends Route<z.ZodType, infer Q, z.ZodType, z.ZodType> ? z.input<Q> : never
export type BodyIn<R> = R extends Route<z.ZodType, z.ZodType, infer B, z.ZodType> ? z.input<B> : never
