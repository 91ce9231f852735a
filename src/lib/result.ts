/** An expected outcome is a value, not an exception; `reason` is a code of the error catalogue (contract/errors.ts). */
export type Result<T, Reason extends string = string> =
  | { ok: true; value: T }
  | { ok: false; reason: Reason; detail?: Record<string, unknown> }

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value })

export const fail = <Reason extends string>(
  reason: Reason,
  detail?: Record<string, unknown>,
): { ok: false; reason: Reason; detail?: Record<string, unknown> } =>
  detail ? { ok: false, reason, detail } : { ok: false, reason }
