import { addSums, type CellSums, noSums, subtractSums } from './scales.ts'
import type { Level, Place } from './surveil.ts'

/** A measure at one touchpoint in one lowest unit, month by month. */
export interface LeafCell {
  measure: string
  touchpoint: string
  unit: string
  months: readonly CellSums[]
}

/** Stands for all touchpoints of a unit together. */
export const allTouchpoints = ''

/**
 * Adds a cell for all touchpoints together to units that have several: customers of one place wait in one queue,
 * whatever they come for. Facts that name no touchpoint (cells of `allTouchpoints` given here) are part of it; elsewhere
 * they are left out unless most facts of a measure are such.
 */
export function withTogether(cells: readonly LeafCell[], together: ReadonlySet<string>): LeafCell[] {
  return [...Map.groupBy(cells, (cell) => cell.measure)].flatMap(([measure, own]) => {
    const named = own.filter((cell) => cell.touchpoint !== allTouchpoints)
    const size = (list: readonly LeafCell[]) =>
      list.reduce((n, cell) => n + cell.months.reduce((s, m) => s + m.n, 0), 0)
    const mostlyUnnamed = 2 * size(named) < size(own)
    if (!together.has(measure) && !mostlyUnnamed) return named
    const joined = [...Map.groupBy(own, (cell) => cell.unit)].flatMap(([unit, inUnit]): LeafCell[] => {
      if (inUnit.length < 2 && inUnit[0]!.touchpoint !== allTouchpoints) return []
      const length = Math.max(...inUnit.map((cell) => cell.months.length))
      return [{ measure, touchpoint: allTouchpoints, unit, months: sum(inUnit, length) }]
    })
    return [...named, ...joined]
  })
}

export interface TreePlace extends Place {
  touchpoint: string
  unit: string
}

/** With fewer other places at a touchpoint there is nobody to compare with. */
const fewestPeers = 3

const sum = (cells: readonly LeafCell[], length: number): CellSums[] =>
  Array.from({ length }, (_, m) => cells.reduce((total, cell) => addSums(total, cell.months[m] ?? noSums), noSums))

/**
 * The places to watch: each lowest unit, each unit above it that joins several of them, and all of them together.
 * A unit whose facts all come from one unit below is the same place as that one and is left out.
 */
export function placesOf(
  cells: readonly LeafCell[],
  parentOf: ReadonlyMap<string, string | null>,
  length: number,
  targetOf: (measure: string, touchpoint: string, unit: string) => readonly (number | null)[] | undefined = () =>
    undefined,
): TreePlace[] {
  const groups = new Map<string, LeafCell[]>()
  for (const cell of cells) {
    const key = `${cell.measure}\0${cell.touchpoint}`
    const group = groups.get(key)
    if (group) group.push(cell)
    else groups.set(key, [cell])
  }
  const places: TreePlace[] = []
  for (const group of groups.values()) {
    const { measure, touchpoint } = group[0]!
    const whole = sum(group, length)
    const place = (unit: string, level: Level, months: readonly CellSums[], outside: number) => {
      const target = targetOf(measure, touchpoint, unit)
      places.push({
        key: `${measure}|${touchpoint}|${unit}`,
        measure,
        touchpoint,
        unit,
        pool: touchpoint,
        level,
        months,
        ...(outside >= fewestPeers && level !== 'whole'
          ? { others: whole.map((all, m) => subtractSums(all, months[m] ?? noSums)) }
          : {}),
        ...(target ? { target } : {}),
      })
    }
    for (const cell of group) place(cell.unit, group.length === 1 ? 'whole' : 'leaf', cell.months, group.length - 1)
    if (group.length === 1) continue
    const below = new Map<string, LeafCell[]>()
    for (const cell of group) {
      for (let unit = parentOf.get(cell.unit) ?? null; unit !== null; unit = parentOf.get(unit) ?? null) {
        const list = below.get(unit)
        if (list) list.push(cell)
        else below.set(unit, [cell])
      }
    }
    const depth = (unit: string): number => {
      const parent = parentOf.get(unit) ?? null
      return parent === null ? 0 : 1 + depth(parent)
    }
    const seen = new Set<string>()
    for (const [unit, members] of [...below].sort((a, b) => depth(b[0]) - depth(a[0]))) {
      const signature = members.map((cell) => cell.unit).join('\0')
      if (members.length < 2 || seen.has(signature)) continue
      seen.add(signature)
      const all = members.length === group.length
      place(unit, all ? 'whole' : 'middle', all ? whole : sum(members, length), group.length - members.length)
    }
  }
  return places
}
