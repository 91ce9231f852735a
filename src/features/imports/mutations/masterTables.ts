export type MasterKind = 'customers' | 'units' | 'staff'

/** Where each kind of master data lives in the Store, and by which column a row is known. */
export const masterTables: Record<MasterKind, { table: string; key: 'key' | 'id'; keyType: 'bigint' | 'text' }> = {
  customers: { table: 'customers', key: 'key', keyType: 'bigint' },
  units: { table: 'units', key: 'id', keyType: 'text' },
  staff: { table: 'staff', key: 'key', keyType: 'bigint' },
}

/** What an undo puts back; a unit's path follows from its parents. */
export const masterColumns: Record<MasterKind, readonly string[]> = {
  customers: [
    'name_enc',
    'name_index',
    'phone_enc',
    'phone_index',
    'document_enc',
    'document_index',
    'unit_id',
    'segment',
    'birth_year',
    'opened_on',
  ],
  units: ['code', 'name', 'name_en', 'level', 'kind', 'parent_id', 'opened_on', 'closed_on'],
  staff: ['name_enc', 'name_index', 'unit_id', 'position', 'active'],
}

/** `row` and `other` (aliases) hold different things. Encrypted fields differ each time: their blind indexes speak for them. */
export const differ = (columns: readonly string[], row: string, other: string): string => {
  const compared = columns.filter((column) => !column.endsWith('_enc'))
  return compared.length === 0
    ? 'false'
    : `(${compared.map((column) => `${row}.${column} is distinct from ${other}.${column}`).join(' or ')})`
}
