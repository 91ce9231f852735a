import type { Text } from '#lib/text.ts'

export interface CataloguedError {
  status: number
  title: Text
  /** What the caller can do now. */
  remedy: Text
}
