import { exists } from '#lib/exists.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import { copyKeyFile, readKeyFile } from '#store/encryption.ts'
import { type Home, homeMarker, homePaths } from '#store/home.ts'
import { isKeyOf } from '#store/open.ts'
import { openPostgres } from '#store/postgres.ts'
import type { Store } from '#store/store.ts'

const markerKey = 'home.marker'

/** Notes in the store which home it belongs to: from then on it is born, and other servers may join it. */
export async function noteHome(store: Store, home: Home): Promise<void> {
  await store.query('insert into settings (key, value) values ($1, $2::jsonb) on conflict do nothing', [
    markerKey,
    JSON.stringify(homeMarker(home)),
  ])
}

/**
 * The home that a shared database belongs to, for a server whose own folder is still empty; undefined before the home's
 * birth. Brings the home's key, which the database cannot hold, from the file that the operator names.
 */
export async function homeToJoin(
  url: string,
  folder: string,
  keyFile = process.env.ZHIYIN_KEY_FILE,
): Promise<Result<Home | undefined, 'key_needed' | 'key_wrong'>> {
  const { marker, check } = await readOwner(url)
  const { keys } = homePaths(folder)
  if (keyFile) {
    if (!(await exists(keyFile))) return fail('key_wrong', { missing: keyFile })
    const key = await readKeyFile(keyFile)
    if (!key || (check !== undefined && !isKeyOf(key, check))) return fail('key_wrong', { file: keyFile })
    await copyKeyFile(keyFile, keys)
  } else if (marker) {
    // A join that was cut off may have brought it.
    const key = await readKeyFile(keys)
    if (!key) return fail('key_needed')
    if (check !== undefined && !isKeyOf(key, check)) return fail('key_wrong', { file: keys })
  }
  return ok(marker && { ...marker, folder })
}

async function readOwner(
  url: string,
): Promise<{ marker?: Omit<Home, 'folder'> | undefined; check?: string | undefined }> {
  const engine = await openPostgres(url)
  try {
    const [there] = await engine.objects<{ there: boolean }>("select to_regclass('settings') is not null as there")
    if (!there?.there) return {}
    const rows = await engine.objects<{ key: string; value: unknown }>(
      "select key, value from settings where key in ($1, 'key.check')",
      [markerKey],
    )
    const settings = new Map(rows.map(({ key, value }) => [key, value]))
    return {
      marker: settings.get(markerKey) as Omit<Home, 'folder'> | undefined,
      check: settings.get('key.check') as string | undefined,
    }
  } finally {
    await engine.close()
  }
}
