import { randomBytes } from 'node:crypto'
import { openFiles } from '#files/files.ts'
import { openDatabaseOn } from '#store/testing.ts'
import type { Store } from '#store/store.ts'
import { type LakeOptions, openLake } from '../lake/lake.ts'
import { TrinoClient, trinoAddress } from '../lake/trinoClient.ts'
import type { Warehouse } from '../warehouse.ts'

/** Where the cluster of `npm run test:cluster` is. */
export interface TestCluster {
  databaseUrl: string
  warehouseUrl: string
  filesUrl: string
}

export function testCluster(env: NodeJS.ProcessEnv = process.env): TestCluster {
  const { ZHIYIN_CLUSTER_DATABASE_URL, ZHIYIN_CLUSTER_WAREHOUSE_URL, ZHIYIN_CLUSTER_WAREHOUSE_FILES } = env
  if (!ZHIYIN_CLUSTER_DATABASE_URL || !ZHIYIN_CLUSTER_WAREHOUSE_URL || !ZHIYIN_CLUSTER_WAREHOUSE_FILES)
    throw new Error('no cluster: run this by npm run test:cluster')
  return {
    databaseUrl: ZHIYIN_CLUSTER_DATABASE_URL,
    warehouseUrl: ZHIYIN_CLUSTER_WAREHOUSE_URL,
    filesUrl: ZHIYIN_CLUSTER_WAREHOUSE_FILES,
  }
}

export interface TestLake {
  store: Store
  warehouse: Warehouse
  client: TrinoClient
  url: string
  /** Another server on the same stores. */
  openAnother(options?: Pick<LakeOptions, 'questionMemory'>): Promise<Warehouse>
  /** Drops the database and every table. */
  drop(): Promise<void>
}

/** A database and a lake of the test's own. */
export async function openTestLake(cluster = testCluster()): Promise<TestLake> {
  const schema = `test_${randomBytes(5).toString('hex')}`
  const url = cluster.warehouseUrl.replace(/\/[^/?]+(\?|$)/, `/${schema}$1`)
  const store = await openDatabaseOn(cluster.databaseUrl)
  const files = await openFiles(cluster.filesUrl)
  const client = new TrinoClient(trinoAddress(url))
  const opened: Warehouse[] = []
  const openAnother: TestLake['openAnother'] = async (options) => {
    const warehouse = await openLake({ url, store, files, ...options })
    opened.push(warehouse)
    return warehouse
  }
  return {
    store,
    client,
    url,
    warehouse: await openAnother(),
    openAnother,
    drop: async () => {
      for (const warehouse of opened) await warehouse.close()
      await store.close()
      const { rows } = await client.run('show tables')
      for (const [table] of rows) await client.run(`drop table if exists ${String(table)}`)
      await client.run(`drop schema if exists ${schema}`)
      await files.removeAll(`${schema}_files/`)
    },
  }
}
