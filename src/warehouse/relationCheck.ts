import type { DuckDBConnection } from '@duckdb/node-api'
import { facts, internals, tables } from './facts.ts'
import { compile, raw, type Sql } from './sql.ts'

/** Handles stand under this prefix while a query is examined, so that a name spelled out is never taken for a handle. */
const handlePrefix = 'handle$'

/** Reads the server's own state; no analysis needs them. */
const forbiddenFunctions = new Set(['current_setting', 'getenv', 'getvariable', 'nextval', 'currval'])
/** What may stand after FROM besides subqueries, joins and VALUES. */
const tableFunctions = new Set(['unnest'])
const foreignSources = new Set(['SHOW_REF', 'PIVOT', 'COLUMN_DATA', 'BOUND_TABLE_REF', 'DELIM_GET'])

type Node = Record<string, unknown>

/**
 * Refuses a query that reads anything but the engine's handles: another table, another schema, a file, a table function,
 * or that is no SELECT. Works on the parsed query, so comments, quoting and names of common table expressions cannot hide one.
 */
export class RelationCheck {
  private readonly passed = new Set<string>()

  async check(query: Sql, connection: DuckDBConnection): Promise<void> {
    const { text } = compile(query, (name) => raw(`"${handlePrefix}${name}"`))
    if (this.passed.has(text)) return
    const literal = `'${text.replaceAll("'", "''")}'`
    const rows = await (await connection.run(`select json_serialize_sql(${literal})`)).getRows()
    const parsed = JSON.parse(String(rows[0]![0])) as Node
    if (parsed.error) throw new Error(`not a query: ${parsed.error_message}`)
    if ((parsed.statements as unknown[]).length !== 1) throw new Error('a question is one query')
    examine(parsed.statements, new Set())
    if (this.passed.size >= 2000) this.passed.clear()
    this.passed.add(text)
  }
}

function examine(value: unknown, named: ReadonlySet<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) examine(item, named)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const node = value as Node
  const inside = withExpressions(node, named)
  if (!('class' in node)) refuseForeign(node, inside)
  if (forbiddenFunctions.has(lower(node.function_name))) throw refused(lower(node.function_name))
  // The first part of a recursion does not see what it is the beginning of.
  const recursive = node.type === 'RECURSIVE_CTE_NODE' ? withName(node.cte_name, inside) : inside
  for (const [part, child] of Object.entries(node))
    if (part !== 'cte_map') examine(child, part === 'left' ? inside : recursive)
}

/**
 * The names of common table expressions that this node brings into sight, each examined on the way: its body sees the
 * ones before it only. What its own name or a later one means there is a table.
 */
function withExpressions(node: Node, named: ReadonlySet<string>): ReadonlySet<string> {
  let inside = named
  for (const { key, value } of ((node.cte_map as Node | undefined)?.map ?? []) as { key: string; value: unknown }[]) {
    examine(value, inside)
    inside = withName(key, inside)
  }
  return inside
}

/** A common table expression may not borrow the name of a table: it would stand before the table's scope. */
function withName(given: unknown, named: ReadonlySet<string>): ReadonlySet<string> {
  const name = lower(given)
  if (name.startsWith(handlePrefix) || isTable(name)) throw refused(name)
  return new Set([...named, name])
}

const isTable = (name: string): boolean =>
  [facts, tables, internals].some((known) => Object.hasOwn(known, name)) || /^log_\d+_/.test(name)

function refuseForeign(node: Node, named: ReadonlySet<string>): void {
  const type = String(node.type)
  if (foreignSources.has(type)) throw refused(type)
  if (type === 'TABLE_FUNCTION') {
    const name = lower((node.function as Node | undefined)?.function_name)
    if (!tableFunctions.has(name)) throw refused(name)
  }
  if (type !== 'BASE_TABLE') return
  const name = lower(node.table_name)
  if (node.schema_name || node.catalog_name) throw refused(`${node.schema_name || node.catalog_name}.${name}`)
  if (!name.startsWith(handlePrefix) && !named.has(name)) throw refused(name)
}

const lower = (value: unknown): string => String(value ?? '').toLowerCase()
const refused = (name: string) => new Error(`a question may read only the engine's handles, not ${name}`)
