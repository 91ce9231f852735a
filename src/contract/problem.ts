import { z } from 'zod'
import type { ErrorCode } from './errors.ts'

/** An error as it crosses the wire: RFC 9457 problem+json with a catalogued code. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What the caller can do now. */
  detail: z.string(),
  code: z.string(),
  /** The reference under which the log and the audit know this request. */
  correlation: z.string(),
  fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  context: z.record(z.string(), z.unknown()).optional(),
})

export type Problem = Omit<z.infer<typeof problemSchema>, 'code'> & { code: ErrorCode }
