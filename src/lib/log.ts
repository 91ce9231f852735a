type Level = 'info' | 'warn' | 'error'

/** One line a record on standard error; JSON when ZHIYIN_LOG=json. Never log a personal field. */
export function log(level: Level, message: string, detail: Record<string, unknown> = {}): void {
  if (process.env.ZHIYIN_LOG === 'silent') return
  const line =
    process.env.ZHIYIN_LOG === 'json'
      ? JSON.stringify({ at: new Date().toISOString(), level, message, ...detail })
      : `${level === 'info' ? '' : `${level}: `}${message}${Object.keys(detail).length ? ` ${JSON.stringify(detail)}` : ''}`
  process.stderr.write(`${line}\n`)
}
