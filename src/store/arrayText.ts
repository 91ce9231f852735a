export type ArrayElement = string | number | boolean | Uint8Array | null

/** An array as both engines read it, whatever its elements are: cast the parameter (`$1::bytea[]`). */
export const arrayText = (values: readonly ArrayElement[]): string => `{${values.map(element).join(',')}}`

function element(value: ArrayElement): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `"${value.replace(/[\\"]/g, '\\$&')}"`
  if (value instanceof Uint8Array)
    return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}"`
  return String(value)
}
