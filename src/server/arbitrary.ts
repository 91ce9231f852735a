import fc from 'fast-check'

type Schema = Record<string, unknown>

/** Values that follow a JSON Schema, for the fuzz test: drawn from `known` where a text or number could name something. */
export function arbitraryOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]))
  if ('const' in schema) return fc.constant(schema.const)
  const either = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  if (either) return fc.oneof(...either.map((one) => arbitraryOf(one, known)))
  const type = Array.isArray(schema.type) ? (schema.type[0] as string) : schema.type
  switch (type) {
    case 'string':
      return textOf(schema, known)
    case 'integer':
    case 'number':
      return numberOf(schema, type, known)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array': {
      const { minItems = 0, maxItems = 4 } = schema as { minItems?: number; maxItems?: number }
      const items = arbitraryOf((schema.items as Schema) ?? {}, known)
      return fc.array(items, { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 4)) })
    }
    case 'object':
      return objectOf(schema, known)
    default:
      return fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant({}))
  }
}

/** What exists: ids that a request may name. */
export interface Known {
  texts: readonly string[]
  numbers: readonly number[]
}

function objectOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const properties = (schema.properties ?? {}) as Record<string, Schema>
  const required = (schema.required ?? []) as string[]
  const entries = Object.entries(properties).map(([name, inner]) => [name, arbitraryOf(inner, known)] as const)
  if (entries.length === 0 && typeof schema.additionalProperties === 'object')
    return fc.dictionary(
      fc.constantFrom('a', 'metric', 'unit', 'process'),
      arbitraryOf(schema.additionalProperties as Schema, known),
      {
        maxKeys: 3,
      },
    )
  return fc.record(Object.fromEntries(entries), { requiredKeys: required })
}

function textOf(schema: Schema, known: Known): fc.Arbitrary<string> {
  const {
    minLength = 0,
    maxLength = 40,
    pattern,
    format,
  } = schema as {
    minLength?: number
    maxLength?: number
    pattern?: string
    format?: string
  }
  const day = fc.date({ min: new Date('2023-01-01'), max: new Date('2027-01-01'), noInvalidDate: true })
  if (format === 'date') return day.map((at) => at.toISOString().slice(0, 10))
  if (format === 'date-time') return day.map((at) => at.toISOString())
  const fits = (text: string) =>
    text.length >= minLength && text.length <= maxLength && (!pattern || new RegExp(pattern).test(text))
  const free = pattern
    ? fromPattern(pattern)
    : fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) })
  const existing = known.texts.filter(fits)
  return existing.length ? fc.oneof(free, { weight: 3, arbitrary: fc.constantFrom(...existing) }) : free
}

function fromPattern(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern))
  } catch {
    return fc.string()
  }
}

function numberOf(schema: Schema, type: string, known: Known): fc.Arbitrary<number> {
  const bound = (name: string, otherwise: number) =>
    typeof schema[name] === 'number' ? (schema[name] as number) : otherwise
  const min = Math.max(bound('minimum', bound('exclusiveMinimum', -1e6)), Number.MIN_SAFE_INTEGER)
  const max = Math.min(bound('maximum', bound('exclusiveMaximum', 1e6)), Number.MAX_SAFE_INTEGER)
  const free =
    type === 'integer'
      ? fc.integer({ min: Math.ceil(min), max: Math.max(Math.ceil(min), Math.min(Math.floor(max), 2 ** 31 - 1)) })
      : fc.double({ min, max, noNaN: true })
  const existing = known.numbers.filter((value) => value >= min && value <= max)
  return existing.length ? fc.oneof(free, { weight: 3, arbitrary: fc.constantFrom(...existing) }) : free
}

/** Values that break what was not guarded: each has broken some program before. */
export const hostile: readonly unknown[] = [
  null,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '‮right to left',
  '../../etc/passwd',
  "'; drop table users; --",
  '__proto__',
  'constructor',
  'NaN',
  '9'.repeat(400),
  'x'.repeat(100_000),
  '2026-02-31',
  '0000-00-00',
  '99999-01-01',
  '-000001-01-01T00:00:00Z',
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  true,
  [],
  [[[[]]]],
  {},
  { $ne: null },
  { toString: 1 },
  Array.from({ length: 2000 }, (_, i) => i),
]

/** A copy with one of its leaves (or itself) replaced by something else. */
export function spoiled(value: unknown, at: number, by: unknown): unknown {
  const leaves: (string | number)[][] = []
  const walk = (inner: unknown, path: (string | number)[]) => {
    leaves.push(path)
    if (typeof inner === 'object' && inner !== null)
      for (const key of Object.keys(inner)) walk((inner as Record<string, unknown>)[key], [...path, key])
  }
  walk(value, [])
  const path = leaves[at % leaves.length]!
  if (path.length === 0) return by
  const copy = structuredClone(value) as Record<string | number, unknown>
  let inside = copy
  for (const key of path.slice(0, -1)) inside = inside[key] as Record<string | number, unknown>
  inside[path.at(-1)!] = by
  return copy
}
