/** One parameter of a question, as its JSON Schema describes it. */
export interface Parameter {
  name: string
  needed: boolean
  shape: 'text' | 'day' | 'number' | 'whole' | 'yes-no' | 'choice' | 'choices' | 'texts' | 'json'
  choices: readonly string[]
  fallback: unknown
  low?: number | undefined
  high?: number | undefined
  description?: string | undefined
}

type Schema = Record<string, unknown>
const record = (value: unknown): Schema => (typeof value === 'object' && value !== null ? (value as Schema) : {})
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])

/** The parameters of a question, in their order. What this form cannot show is entered as JSON. */
export function parametersOf(schema: Schema): Parameter[] {
  const needed = texts(schema.required)
  return Object.entries(record(schema.properties)).map(([name, described]) => {
    const field = plain(record(described))
    const items = plain(record(field.items))
    const shape = shapeOf(field, items)
    return {
      name,
      // A field with a default may be left out.
      needed: needed.includes(name) && field.default === undefined,
      shape,
      choices: texts(shape === 'choices' ? items.enum : field.enum),
      fallback: field.default,
      low: numberOf(field.minimum ?? field.exclusiveMinimum),
      high: numberOf(field.maximum),
      description: typeof field.description === 'string' ? field.description : undefined,
    }
  })
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** `X or null` is X that may be left empty. */
function plain(field: Schema): Schema {
  const options = Array.isArray(field.anyOf) ? field.anyOf.map(record).filter(({ type }) => type !== 'null') : []
  return options.length === 1 ? { ...field, ...options[0] } : field
}

function shapeOf(field: Schema, items: Schema): Parameter['shape'] {
  if (Array.isArray(field.enum)) return 'choice'
  switch (field.type) {
    case 'string':
      return field.format === 'date' ? 'day' : 'text'
    case 'integer':
      return 'whole'
    case 'number':
      return 'number'
    case 'boolean':
      return 'yes-no'
    case 'array':
      return Array.isArray(items.enum) ? 'choices' : items.type === 'string' ? 'texts' : 'json'
    default:
      return 'json'
  }
}

/** What was filled in, without what was left empty. */
export function filled(parameters: readonly Parameter[], values: Record<string, unknown>): Record<string, unknown> {
  const entries = parameters.flatMap(({ name, shape }) => {
    const value = values[name]
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) return []
    return [[name, shape === 'json' && typeof value === 'string' ? JSON.parse(value) : value]]
  })
  return Object.fromEntries(entries)
}

/** Parameters as the address holds them; undefined where it holds none, null where they cannot be read. */
export function fromAddress(text: string | undefined): Record<string, unknown> | undefined | null {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : null
  } catch {
    return null
  }
}
