import type { ErrorCode } from '#contract/errors.ts'

/**
 * Ends a reading early for a reason of the error catalogue. Thrown deep inside a parser and turned into a Result where
 * reading began, so that no caller of the readers ever meets it.
 */
export class ReadFault extends Error {
  readonly reason: ErrorCode
  readonly detail: Record<string, unknown>
  /** Where in the decoded bytes it happened; becomes line and column in the detail. */
  readonly offset: number | undefined

  constructor(reason: ErrorCode, detail: Record<string, unknown> = {}, offset?: number) {
    super(reason)
    this.reason = reason
    this.detail = detail
    this.offset = offset
  }
}
