type Level = 'info' | 'warn' | 'error'

/** One line a record on standard error; JSON when ZHIYIN_LOG=json, faults only when it is `errors`. Never log a personal field. */
export function log(level: Level, message: string, detail: Record<string, unknown> = {}): void {
  if (process.env.ZHIYIN_LOG === 'silent' || (process.env.ZHIYIN_LOG === 'errors' && level !== 'error')) return
  const line =
    process.env.ZHIYIN_LOG === 'json'
      ? JSON.stringify({ at: new Date().toISOString(), level, message, ...detail })
      : `${level === 'info' ? '' : `${level}: `}${message}${Object.keys(detail).length ? ` ${JSON.stringify(detail)}` : ''}`
  process.stderr.write(`${line}\n`)
}
