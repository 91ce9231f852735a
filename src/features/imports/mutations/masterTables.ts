export type MasterKind = 'customers' | 'units' | 'staff'

/** Where each kind of master data lives in the Store, and by which column a row is known. */
export const masterTables: Record<MasterKind, { table: string; key: string }> = {
  customers: { table: 'customers', key: 'key' },
  units: { table: 'units', key: 'id' },
  staff: { table: 'staff', key: 'key' },
}

export const masterColumns: Record<MasterKind, readonly string[]> = {
  customers: [
    'key',
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
  units: ['id', 'code', 'name', 'name_en', 'level', 'kind', 'parent_id', 'path', 'opened_on', 'closed_on'],
  staff: ['key', 'name_enc', 'name_index', 'unit_id', 'position', 'active'],
}
