import { z } from 'zod'
import { channels } from '#features/journeys/contract.ts'
import { fail, ok, type Result } from '#lib/result.ts'

const key = z.string().min(1).max(120)
const code = z.string().min(1).max(64)

/** One line of `POST /api/v1/interactions`. Times carry their offset; what the bank adds goes into `attributes`. */
export const interactionLine = z
  .strictObject({
    id: key,
    start_at: z.iso.datetime({ offset: true }),
    end_at: z.iso.datetime({ offset: true }).optional(),
    customer: key.optional(),
    staff: key.optional(),
    unit: code.optional(),
    touchpoint: code.optional(),
    channel: z.enum(channels),
    product: code.optional(),
    intent: code.optional(),
    segment: code.optional(),
    interaction: key.optional(),
    process: code.optional(),
    case: key.optional(),
    outcome: z.enum(['success', 'failure', 'abandoned']).optional(),
    wait_seconds: z.number().min(0).max(864_000).optional(),
    duration_seconds: z.number().min(0).max(8_640_000).optional(),
    attributes: z
      .record(z.string().max(64), z.union([z.string().max(400), z.number(), z.boolean(), z.null()]))
      .optional(),
  })
  .refine((line) => !line.end_at || Date.parse(line.end_at) >= Date.parse(line.start_at), {
    path: ['end_at'],
    message: 'ends before it starts',
  })
  .refine((line) => line.case === undefined || line.process !== undefined, {
    path: ['case'],
    message: 'a case is one of its process: name the process',
  })
export type InteractionLine = z.output<typeof interactionLine>

const faultsShown = 20

/** What the units and touchpoints of a line must be among. */
export interface KnownPlaces {
  units: ReadonlySet<string>
  touchpoints: ReadonlySet<string>
  /** Whoever speaks for some units only says for which: a fact without one would be everybody's. */
  unitNeeded?: boolean
}

// As for files: before 1970 and after tomorrow somebody's clock is wrong.
const daysAhead = 2
const inRange = (instant: string): boolean => {
  const at = Date.parse(instant)
  return at >= 0 && at <= Date.now() + daysAhead * 86_400_000
}

/** Reads a batch whole or not at all: every bad line is named, up to twenty of them. */
export function readInteractionLines(
  text: string,
  known: KnownPlaces,
): Result<InteractionLine[], 'intake_empty' | 'intake_line_invalid'> {
  const lines: InteractionLine[] = []
  const faults: { line: number; column: string; reason: string }[] = []
  let number = 0
  for (const raw of text.split('\n')) {
    number += 1
    if (raw.trim() === '') continue
    if (faults.length >= faultsShown) break
    const line = readLine(raw, known)
    if (line.ok) lines.push(line.value)
    else faults.push({ line: number, ...line.detail })
  }
  if (faults.length > 0) return fail('intake_line_invalid', { lines: faults })
  return lines.length === 0 ? fail('intake_empty') : ok(lines)
}

type LineFault = { column: string; reason: string }

function readLine(
  raw: string,
  known: KnownPlaces,
): { ok: true; value: InteractionLine } | { ok: false; detail: LineFault } {
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch {
    return { ok: false, detail: { column: '', reason: 'not JSON' } }
  }
  const parsed = interactionLine.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return { ok: false, detail: { column: issue?.path.join('.') ?? '', reason: issue?.message ?? 'invalid' } }
  }
  const { unit, touchpoint } = parsed.data
  for (const column of ['start_at', 'end_at'] as const) {
    const instant = parsed.data[column]
    if (instant !== undefined && !inRange(instant))
      return { ok: false, detail: { column, reason: 'before 1970 or after tomorrow' } }
  }
  if (unit === undefined && known.unitNeeded)
    return { ok: false, detail: { column: 'unit', reason: 'a caller for some units says which unit' } }
  // PostgreSQL keeps no NUL in a text, and no bank's number has one.
  if (raw.includes('\\u0000')) return { ok: false, detail: { column: '', reason: 'NUL character' } }
  if (unit !== undefined && !known.units.has(unit))
    return { ok: false, detail: { column: 'unit', reason: 'unknown unit, or outside the scope' } }
  if (touchpoint !== undefined && !known.touchpoints.has(touchpoint))
    return { ok: false, detail: { column: 'touchpoint', reason: 'unknown touchpoint' } }
  return { ok: true, value: parsed.data }
}
