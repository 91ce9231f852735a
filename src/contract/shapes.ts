import { z } from 'zod'

// Shapes that the contracts of several features share.

export const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w-]+$/)
export const byId = z.object({ id })
export const text = z.object({ zh: z.string(), en: z.string() })
export const day = z.iso.date()
/** What a person adds in his own words. */
export const note = z.string().trim().max(2000)

/** Query of a list that is read page by page. */
export const paging = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
}
