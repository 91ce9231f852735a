/** Why a request got no answer: fetch says only that it failed, and hides the reason in causes. */
export function faultOfFetch(error: unknown): string {
  const { message, cause } = error as Error
  if (!(cause instanceof Error)) return message
  // OpenSSL's own message names addresses in memory and files of its source; its reason is what is meant.
  const { code, reason } = cause as NodeJS.ErrnoException & { reason?: unknown }
  const why = typeof reason === 'string' ? `TLS: ${reason}` : cause.message || code
  return why ? `${message}: ${why}` : message
}
