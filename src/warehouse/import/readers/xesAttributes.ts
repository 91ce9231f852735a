import { instantMicros, isoOfMicros } from './instants.ts'

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A typed XES value as JSON text; what does not fit its type stays the text it was. */
export function jsonValue(type: string, text: string, timeZone?: string): string {
  if (type === 'int' || type === 'float') {
    // The literal as written keeps digits that a double would lose.
    if (jsonNumber.test(text)) return text
    const number = text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isFinite(number)) return String(number)
  } else if (type === 'boolean') {
    const value = text.trim().toLowerCase()
    if (value === 'true' || value === '1') return 'true'
    if (value === 'false' || value === '0') return 'false'
  } else if (type === 'date') {
    const micros = instantMicros(text, timeZone)
    if (micros !== undefined) return JSON.stringify(isoOfMicros(micros))
  }
  return JSON.stringify(text)
}

/** A JSON object written member by member; a name that comes again turns its value into an array (XES lists do that). */
export class JsonObject {
  private readonly members = new Map<string, string | string[]>()

  get empty(): boolean {
    return this.members.size === 0
  }

  add(name: string, json: string): void {
    const there = this.members.get(name)
    if (there === undefined) this.members.set(name, json)
    else if (typeof there === 'string') this.members.set(name, [there, json])
    else there.push(json)
  }

  toString(): string {
    let text = ''
    for (const [name, json] of this.members)
      text += `${text ? ',' : ''}${quotedName(name)}:${typeof json === 'string' ? json : `[${json.join(',')}]`}`
    return `{${text}}`
  }
}

const names = new Map<string, string>()

function quotedName(name: string): string {
  let json = names.get(name)
  if (json === undefined) {
    json = JSON.stringify(name)
    if (names.size < 10_000) names.set(name, json)
  }
  return json
}
