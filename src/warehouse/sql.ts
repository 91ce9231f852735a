/** SQL as a value: text in pieces, with bound parameters and named relations between them. Never a string from outside. */
export interface Sql {
  readonly parts: readonly Part[]
}
type Part = { text: string } | { value: Bindable } | { relation: string }

export type Bindable = string | number | boolean | null | Date

const isSql = (value: unknown): value is Sql => typeof value === 'object' && value !== null && 'parts' in value

/** `sql\`select … where day >= ${from}\``: fragments are spliced in, everything else is bound. */
export function sql(strings: TemplateStringsArray, ...values: (Sql | Bindable)[]): Sql {
  const parts: Part[] = []
  strings.forEach((text, i) => {
    if (text) parts.push({ text })
    if (i < values.length) {
      const value = values[i] as Sql | Bindable
      if (isSql(value)) parts.push(...value.parts)
      else parts.push({ value })
    }
  })
  return { parts }
}

/** Text the program itself wrote (a column's name, a keyword). Never give it anything a caller sent. */
export const raw = (text: string): Sql => ({ parts: [{ text }] })

/** A relation by its handle; the engine replaces it by the facts inside the reader's scope. */
export const relation = (name: string): Sql => ({ parts: [{ relation: name }] })

export const join = (pieces: readonly Sql[], separator: string): Sql => ({
  parts: pieces.flatMap((piece, i) => (i === 0 ? piece.parts : [{ text: separator }, ...piece.parts])),
})

/** `(?, ?, ?)` for IN; an empty list matches nothing. */
export const list = (values: readonly Bindable[]): Sql =>
  values.length === 0
    ? raw('(null)')
    : sql`(${join(
        values.map((value) => sql`${value}`),
        ', ',
      )})`

export const nothing: Sql = { parts: [] }

export interface Compiled {
  text: string
  values: Bindable[]
}

/** The text with `?` for each value, relations expanded by `expand`. */
export function compile(query: Sql, expand: (name: string) => Sql): Compiled {
  let text = ''
  const values: Bindable[] = []
  const walk = (parts: readonly Part[], depth: number) => {
    if (depth > 8) throw new Error('a relation expands to itself')
    for (const part of parts) {
      if ('text' in part) text += part.text
      else if ('relation' in part) walk(expand(part.relation).parts, depth + 1)
      else {
        text += '?'
        values.push(part.value)
      }
    }
  }
  walk(query.parts, 0)
  return { text, values }
}

/** A day as a date on both engines: text is never compared with a date. */
export const day = (value: string): Sql => sql`cast(${value} as date)`
