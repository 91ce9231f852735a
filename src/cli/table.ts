/** Columns a terminal gives a character: two for Chinese, one otherwise. */
function width(text: string): number {
  let columns = 0
  for (const character of text)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1
  return columns
}

const shown = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'number'
      ? Number.isInteger(value)
        ? String(value)
        : String(Number(value.toPrecision(6)))
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)

/** Rows as an aligned table; numbers to the right. Columns in which nothing stands are left out. */
export function tableOf(all: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const columns = rows.length ? all.filter((column) => rows.some((row) => shown(row[column]) !== '')) : all
  const cells = rows.map((row) => columns.map((column) => shown(row[column])))
  const widths = columns.map((column, i) => Math.max(width(column), ...cells.map((row) => width(row[i]!))))
  const right = columns.map(
    (column) => rows.length > 0 && rows.every((row) => row[column] === null || typeof row[column] === 'number'),
  )
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => {
        const pad = ' '.repeat(widths[i]! - width(text))
        return right[i] ? pad + text : text + pad
      })
      .join('  ')
      .trimEnd()
  return [line(columns), widths.map((w) => '─'.repeat(w)).join('  '), ...cells.map(line)].join('\n')
}
