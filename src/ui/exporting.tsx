import { createContext, useContext } from 'react'

/** What leaves with a reader, as the audit is told. */
export interface Exported {
  table: string
  rows: number
  format: 'csv' | 'xlsx'
  /** The page it is exported from, with its filters. */
  address: string
}

/** Records an export before the file is handed over; throws where it could not be recorded. */
export type RecordExport = (exported: Exported) => Promise<void>

const Context = createContext<RecordExport | undefined>(undefined)
export const ExportProvider = Context.Provider

export function useRecordExport(): RecordExport {
  const record = useContext(Context)
  if (!record) throw new Error('useRecordExport outside ExportProvider')
  return record
}
