import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Files, openFiles } from '#files/files.ts'
import { ok, type Result } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import { openPostgres } from '#store/postgres.ts'
import { probeDatabase } from '#store/probe.ts'
import { storeOn } from '#store/store.ts'
import { restorePublished } from '#warehouse/lake/lakeHealth.ts'
import { TrinoClient, trinoAddress } from '#warehouse/lake/trinoClient.ts'
import { type PartRefusal, refusalOfPart } from '../refusals.ts'
import { type Check, check, plain } from './check.ts'
import { clusterChecks, lakeChecks } from './cluster.ts'
import { contentChecks, databaseClock, judgeDatabase } from './database.ts'
import { homeChecks, judgeNode, spaceChecks } from './machine.ts'

export interface DoctorOptions {
  folder?: string | undefined
  databaseUrl?: string | undefined
  warehouse?: { url?: string | undefined; files?: string | undefined }
}

/** Looks at everything a home stands on, without opening it: a running server is not disturbed. */
export async function examine({ folder, databaseUrl, warehouse = {} }: DoctorOptions): Promise<Check[]> {
  const checks = [judgeNode(process.version)]
  const found = folder === undefined ? undefined : await homeChecks(folder)
  if (found) checks.push(...found.checks)
  checks.push(...(await spaceChecks(folder, warehouse.files)))
  if (!databaseUrl && !warehouse.url) return checks
  await using opened = new AsyncDisposableStack()
  const facts = databaseUrl
    ? await tried(checks, 'postgres.reachable', plain('PostgreSQL'), async () => {
        const probed = await probeDatabase(databaseUrl)
        opened.defer(() => probed.close())
        checks.push(...judgeDatabase(probed), await databaseClock(probed))
        checks.push(...(await contentChecks(probed, { home: found?.home, key: found?.key })))
        return probed
      })
    : undefined
  const { url, files: filesUrl } = warehouse
  if (!url) return checks
  const scratch = await openScratch()
  opened.defer(() => rm(scratch, { recursive: true, force: true }))
  let files: Files | undefined
  if (filesUrl)
    files = await tried(checks, 'files.reachable', { zh: '共享文件', en: 'shared files' }, () =>
      openFiles(filesUrl, { scratch }),
    )
  else
    checks.push(
      check('files.reachable', { zh: '共享文件', en: 'shared files' }, 'fault', {
        found: { zh: '未设置 WAREHOUSE_FILES', en: 'WAREHOUSE_FILES is not set' },
        remedy: { zh: '请设置 WAREHOUSE_FILES。', en: 'Set WAREHOUSE_FILES.' },
      }),
    )
  await tried(checks, 'trino.reachable', plain('Trino'), async () => {
    const client = new TrinoClient(trinoAddress(url))
    checks.push(...(await clusterChecks(client, files, scratch)))
    if (facts) checks.push(...(await lakeChecks(client, facts)))
  })
  return checks
}

const scratchName = 'zhiyin-doctor-'
const isScratch = (name: string) => name.startsWith(scratchName) && name.length === scratchName.length + 6
/** No doctor looks for as long. */
const scratchHours = 24

/** A folder for the files of the probe, outside the home, which may be running; those of killed doctors are removed. */
async function openScratch(): Promise<string> {
  const names = await readdir(tmpdir())
  for (const name of names.filter(isScratch)) {
    const path = join(tmpdir(), name)
    const changed = await stat(path).catch(() => undefined)
    if (changed && Date.now() - changed.mtimeMs > scratchHours * 3_600_000)
      // Another user's stays.
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
  return mkdtemp(join(tmpdir(), scratchName))
}

/** What cannot even be asked is a fault of its own; the other checks go on. */
async function tried<T>(checks: Check[], id: string, title: Text, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    checks.push(
      check(id, title, 'fault', {
        found: plain((error as Error).message || (error as NodeJS.ErrnoException).code || String(error)),
        remedy: {
          zh: '请检查地址、用户、口令与网络；证书由自有机构签发时，请以 NODE_EXTRA_CA_CERTS 指明该机构的证书。',
          en: 'Check the address, the user, the password and the network; NODE_EXTRA_CA_CERTS names the certificate of an authority of your own.',
        },
      }),
    )
    return undefined
  }
}

/** Takes the lake's tables back to what is published; answers which. */
export async function restoreLake(databaseUrl: string, warehouseUrl: string): Promise<Result<string[], PartRefusal>> {
  try {
    const client = new TrinoClient(trinoAddress(warehouseUrl))
    const store = storeOn(await openPostgres(databaseUrl))
    try {
      return ok(await restorePublished(client, store))
    } finally {
      await store.close()
    }
  } catch (error) {
    const refused = refusalOfPart(error)
    if (!refused) throw error
    return refused
  }
}
