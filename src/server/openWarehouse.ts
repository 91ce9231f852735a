import { join } from 'node:path'
import type { Files } from '#files/files.ts'
import { homePaths } from '#store/home.ts'
import type { Store } from '#store/store.ts'
import { openDuckdb } from '#warehouse/duckdb.ts'
import { openLake } from '#warehouse/lake/lake.ts'
import { WarehouseRefusal } from '#warehouse/refusal.ts'
import type { Warehouse } from '#warehouse/warehouse.ts'

export interface WarehousePlace {
  /** WAREHOUSE_URL; without it the warehouse is a file of the home. */
  url?: string | undefined
  /** WAREHOUSE_FILES */
  files?: string | undefined
}

export const placeFromEnvironment = (env: NodeJS.ProcessEnv = process.env): WarehousePlace => ({
  url: env.WAREHOUSE_URL || undefined,
  files: env.WAREHOUSE_FILES || undefined,
})

/** The embedded warehouse of a home, or the lake that WAREHOUSE_URL names. */
export async function openWarehouse(
  folder: string,
  store: Store,
  files: Files,
  place: WarehousePlace,
): Promise<Warehouse> {
  const { warehouse, workbench } = homePaths(folder)
  if (!place.url) return openDuckdb(join(warehouse, 'warehouse.duckdb'))
  const wrong = (why: string) => new WarehouseRefusal('warehouse_address_wrong', { why })
  if (store.kind !== 'postgres') throw wrong('DATABASE_URL')
  if (!place.files) throw wrong('WAREHOUSE_FILES')
  return openLake({ url: place.url, store, files, scratch: workbench })
}
