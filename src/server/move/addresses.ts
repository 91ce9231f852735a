import { openFiles } from '#files/files.ts'
import type { MovedTo } from '#store/home.ts'
import type { Lake } from '#warehouse/lake/lakeCopy.ts'
import { TrinoClient, trinoAddress } from '#warehouse/lake/trinoClient.ts'
import { WarehouseRefusal } from '#warehouse/refusal.ts'

export interface Addresses {
  databaseUrl: string
  warehouse: { url: string; files: string }
}

/**
 * The lake at these addresses. What is wrong with one of the three is told here, before anything is begun. `scratch`: where
 * copies of its files lie.
 */
export async function lakeAt(
  { databaseUrl, warehouse }: Addresses,
  scratch: string,
  openStorage = openFiles,
): Promise<Lake> {
  const wrong = (why: string) => new WarehouseRefusal('warehouse_address_wrong', { why })
  if (!URL.canParse(databaseUrl)) throw wrong('the database: not an address')
  const client = new TrinoClient(trinoAddress(warehouse.url))
  const files = await openStorage(warehouse.files, { scratch }).catch((error: unknown) => {
    if (error instanceof TypeError) throw wrong(`the files: ${error.message}`)
    throw error
  })
  return { client, files }
}

export const isSamePlace = (a: Pick<MovedTo, 'database' | 'warehouse'>, b: typeof a): boolean =>
  a.database === b.database && a.warehouse === b.warehouse

/** An address as it may be written down: without its password. */
export function shown(address: string): string {
  const url = new URL(address)
  url.password = ''
  url.search = ''
  return url.href
}
