/** A growing table of numbers, column by column; texts are codes into lists. */
export interface Columns<Name extends string> {
  readonly names: readonly Name[]
  length: number
  of: Record<Name, Int32Array | Float64Array>
  /** A new row's number; its cells are -1 until they are set. */
  add(): number
}

export function columns<Whole extends string, Real extends string = never>(
  whole: readonly Whole[],
  real: readonly Real[],
  capacity: number,
): Columns<Whole | Real> {
  let room = Math.max(1024, capacity)
  const of = {} as Record<Whole | Real, Int32Array | Float64Array>
  for (const name of whole) of[name] = new Int32Array(room).fill(-1)
  for (const name of real) of[name] = new Float64Array(room).fill(-1)
  const grow = () => {
    const wider = Math.ceil(room * 1.5)
    for (const name of [...whole, ...real]) {
      const old = of[name]
      const next = old instanceof Int32Array ? new Int32Array(wider) : new Float64Array(wider)
      next.set(old)
      next.fill(-1, room)
      of[name] = next
    }
    room = wider
  }
  return {
    names: [...whole, ...real],
    length: 0,
    of,
    add() {
      if (this.length === room) grow()
      return this.length++
    },
  }
}
