/** Whether other servers may work on the same stores: both then lie outside this process. */
export const isShared = (databaseUrl: string | undefined, warehouseUrl = process.env.WAREHOUSE_URL): boolean =>
  Boolean(databaseUrl && warehouseUrl)
