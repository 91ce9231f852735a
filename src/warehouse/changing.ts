import { type DuckDBResult, ResultReturnType, StatementType } from '@duckdb/node-api'

const changeNothing: ReadonlySet<StatementType> = new Set([
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.SET,
  StatementType.TRANSACTION,
])
const several = /;\s*\S/
const temporary = /^\s*(create\s+(or\s+replace\s+)?temp(orary)?\s|drop\s+table\s+(if\s+exists\s+)?temp\.)/i

/**
 * Whether a statement may have changed what others read: it decides whether answers that are kept still hold, so when in
 * doubt it has. Of several at once DuckDB tells of the last only.
 */
export function mayHaveChanged(
  text: string,
  { statementType, returnType, rowsChanged }: Pick<DuckDBResult, 'statementType' | 'returnType' | 'rowsChanged'>,
): boolean {
  if (several.test(text)) return true
  if (changeNothing.has(statementType)) return false
  if (returnType === ResultReturnType.CHANGED_ROWS) return rowsChanged > 0
  return !temporary.test(text)
}
