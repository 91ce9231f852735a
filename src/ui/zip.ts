const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value >>> 0
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function record(size: number, fields: readonly [at: number, bytes: 2 | 4, value: number][]): Uint8Array {
  const view = new DataView(new ArrayBuffer(size))
  for (const [at, bytes, value] of fields)
    bytes === 2 ? view.setUint16(at, value, true) : view.setUint32(at, value, true)
  return new Uint8Array(view.buffer)
}

/** A zip archive whose files are stored as they are (APPNOTE 6.3.9): enough for a spreadsheet, without a library. */
export function zip(files: Record<string, string>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const nameBytes = encoder.encode(name)
    const body = encoder.encode(content)
    const crc = crc32(body)
    const common = (at: number): [number, 2 | 4, number][] => [
      [at, 2, 20],
      [at + 2, 2, 0x0800], // names are UTF-8
      [at + 4, 2, 0],
      [at + 8, 2, 0x21], // 1 January 1980: the same table makes the same file
      [at + 10, 4, crc],
      [at + 14, 4, body.length],
      [at + 18, 4, body.length],
      [at + 22, 2, nameBytes.length],
    ]
    const local = record(30, [[0, 4, 0x04034b50], ...common(4)])
    directory.push(record(46, [[0, 4, 0x02014b50], [4, 2, 20], ...common(6), [42, 4, offset]]), nameBytes)
    parts.push(local, nameBytes, body)
    offset += local.length + nameBytes.length + body.length
  }
  const directorySize = directory.reduce((sum, part) => sum + part.length, 0)
  const count = Object.keys(files).length
  const end = record(22, [
    [0, 4, 0x06054b50],
    [8, 2, count],
    [10, 2, count],
    [12, 4, directorySize],
    [16, 4, offset],
  ])
  const all = [...parts, ...directory, end]
  const archive = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of all) {
    archive.set(part, at)
    at += part.length
  }
  return archive
}
