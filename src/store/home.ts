import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** A home is demo or real from birth; it may lie in a folder that holds other files. */
export interface Home {
  readonly folder: string
  readonly id: string
  readonly kind: 'demo' | 'real'
  readonly timeZone: string
  readonly createdAt: string
  /** Where this home lives now: it is not opened here by mistake. */
  readonly movedTo?: MovedTo | undefined
}

/** Addresses without passwords. */
export interface MovedTo {
  readonly database: string
  readonly warehouse: string
  readonly at: string
}

export const homePaths = (folder: string) => ({
  marker: join(folder, 'zhiyin.json'),
  lock: join(folder, 'zhiyin.lock'),
  token: join(folder, 'zhiyin.token'),
  store: join(folder, 'store'),
  warehouse: join(folder, 'warehouse'),
  /** What a lake's workbench spills, and files on their way to the lake and back; nothing in it outlives the process. */
  workbench: join(folder, 'warehouse', 'workbench'),
  keys: join(folder, 'keys', 'field.key'),
  backups: join(folder, 'backups'),
  uploads: join(folder, 'uploads'),
  /** Copies in clear of what is being read; nothing in it outlives the process. */
  opened: join(folder, 'uploads', 'open'),
  anchor: join(folder, 'audit.anchor'),
  /** Lies in a folder that a move fills: there is no home in it yet. */
  move: join(folder, 'zhiyin.move'),
  /** Parts that a move is copying; nothing in it outlives the process. */
  moving: join(folder, 'moving'),
})

/** The home in this folder; undefined where there is none yet, 'foreign' where a file of its marker's name is not ours. */
export async function readHome(folder: string): Promise<Home | 'foreign' | undefined> {
  let text: string
  try {
    text = await readFile(homePaths(folder).marker, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return 'foreign'
    throw error
  }
  const marker = parse(text)
  return marker ? { ...marker, folder } : 'foreign'
}

function parse(text: string): Omit<Home, 'folder'> | undefined {
  try {
    const marker = JSON.parse(text) as (Omit<Home, 'folder'> & { product?: string }) | null
    return marker?.product === 'zhiyin' ? marker : undefined
  } catch {
    return undefined
  }
}

/** What every server of a home must know of it; kept in the store too, so that an empty folder can join the home. */
export const homeMarker = ({ id, kind, timeZone, createdAt }: Omit<Home, 'folder'>) => ({
  id,
  kind,
  timeZone,
  createdAt,
})

/** Writes the marker of a new home: the last step of its birth, so that half a home is never taken for one. */
export async function markHome(
  folder: string,
  kind: Home['kind'],
  timeZone: string,
  id: string = randomUUID(),
  createdAt: string = new Date().toISOString(),
): Promise<Home> {
  await mkdir(folder, { recursive: true })
  const marker = { id, kind, timeZone, createdAt }
  await writeMarker(folder, marker)
  return { ...marker, folder }
}

/** Says of a home in a folder that it lives elsewhere now, or no longer does. */
export const noteMoved = ({ folder, ...marker }: Home, movedTo: MovedTo | undefined): Promise<void> =>
  writeMarker(folder, { ...homeMarker(marker), ...(movedTo ? { movedTo } : {}) })

async function writeMarker(folder: string, marker: Omit<Home, 'folder'>): Promise<void> {
  const path = homePaths(folder).marker
  const file = await open(`${path}.new`, 'w')
  try {
    await file.writeFile(`${JSON.stringify({ product: 'zhiyin', format: 1, ...marker }, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
