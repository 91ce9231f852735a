import { access, lstat, readdir, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Text } from '#lib/text.ts'
import { openKeyFile } from '#store/encryption.ts'
import { type Home, homePaths, readHome } from '#store/home.ts'
import { type Check, check, plain } from './check.ts'

const nodeWanted = 26

export function judgeNode(version: string): Check {
  const major = Number(version.replace(/^v/, '').split('.')[0])
  return check('node.version', { zh: 'Node.js 版本', en: 'Node.js' }, major >= nodeWanted ? 'ok' : 'fault', {
    found: plain(version),
    wanted: plain(`≥ ${nodeWanted}`),
    remedy: {
      zh: '请用 bin/zhiyin 启动，它使用随程序安装的 Node.js。',
      en: 'Start it by bin/zhiyin, which takes the Node.js that was installed with it.',
    },
  })
}

const gigabyte = 1_000_000_000
const sizeText = (bytes: number) =>
  bytes >= gigabyte ? `${(bytes / gigabyte).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`

/** `needed` is what may soon be written there once more: a backup, a migration, a spilled sort. */
export function judgeSpace(id: string, title: Text, free: number, needed: number): Check {
  const level = free < gigabyte ? 'fault' : free < Math.max(5 * gigabyte, needed) ? 'warning' : 'ok'
  return check(id, title, level, {
    found: { zh: `剩余 ${sizeText(free)}`, en: `${sizeText(free)} free` },
    wanted: plain(`≥ ${sizeText(Math.max(5 * gigabyte, needed))}`),
    remedy: { zh: '请清理或扩充该磁盘。', en: 'Make room on this disk, or give it more.' },
  })
}

const freeOf = async (path: string): Promise<number | undefined> => {
  const found = await statfs(path).catch(() => undefined)
  return found && found.bavail * found.bsize
}

async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
  let bytes = 0
  for (const entry of entries)
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0
  return bytes
}

/** Space where the home, what spills, and the shared files lie. */
export async function spaceChecks(folder: string | undefined, files: string | undefined): Promise<Check[]> {
  const checks: Check[] = []
  const add = async (id: string, title: Text, path: string, needed: number) => {
    const free = await freeOf(path)
    if (free !== undefined) checks.push(judgeSpace(id, title, free, needed))
  }
  const paths = folder === undefined ? undefined : homePaths(folder)
  const held = paths ? (await sizeOf(paths.store)) + (await sizeOf(paths.warehouse)) : 0
  if (folder !== undefined) await add('disk.home', { zh: '数据目录所在磁盘', en: 'disk of the home' }, folder, held)
  await add('disk.temporary', { zh: '临时目录所在磁盘', en: 'disk of temporary files' }, tmpdir(), held)
  if (files?.startsWith('file:')) {
    const path = fileURLToPath(files)
    await add('disk.files', { zh: '共享文件所在磁盘', en: 'disk of the shared files' }, path, await sizeOf(path))
  }
  return checks
}

export interface FoundHome {
  home: Home | undefined
  key: Uint8Array | undefined
  checks: Check[]
}

/** The folder as it lies there; nothing of it is opened. */
export async function homeChecks(folder: string): Promise<FoundHome> {
  const paths = homePaths(folder)
  const title = { zh: '数据目录', en: 'home' }
  const moving = await access(paths.move).then(
    () => true,
    () => false,
  )
  if (moving)
    return {
      home: undefined,
      key: undefined,
      checks: [check('home.move', title, 'fault', { found: halfMoved.found, remedy: halfMoved.remedy })],
    }
  const found = await readHome(folder)
  if (!found || found === 'foreign')
    return {
      home: undefined,
      key: undefined,
      checks: [
        check('home.marker', title, 'fault', {
          found:
            found === 'foreign'
              ? { zh: '标记文件不是知音的', en: 'the marker is not Zhiyin’s' }
              : { zh: '没有', en: 'none' },
          remedy: { zh: '请检查 --home 路径。', en: 'Check the path given with --home.' },
        }),
      ],
    }
  const checks: Check[] = []
  checks.push(
    found.movedTo
      ? check('home.marker', title, 'warning', {
          found: { zh: `已迁往 ${found.movedTo.warehouse}`, en: `has moved to ${found.movedTo.warehouse}` },
          remedy: { zh: '请在新位置启动。', en: 'Start it where it lives now.' },
        })
      : check('home.marker', title, 'ok', { found: plain(`${found.id} ${found.kind}`) }),
  )
  const zoneKnown = Intl.supportedValuesOf('timeZone').includes(found.timeZone)
  checks.push(
    check('home.timezone', { zh: '数据目录的时区', en: 'time zone of the home' }, zoneKnown ? 'ok' : 'fault', {
      found: plain(found.timeZone),
      remedy: {
        zh: '本机的时区数据不含该时区，请更新 Node.js。',
        en: 'This Node.js does not know the zone: use the one that came with the program.',
      },
    }),
  )
  const { key, check: keyCheck } = await judgeKeyFile(paths.keys)
  checks.push(keyCheck)
  return { home: found, key, checks }
}

export const halfMoved = {
  found: { zh: '数据迁移尚未完成', en: 'a move into here has not ended' },
  remedy: { zh: '请用相同参数再次运行 zhiyin move。', en: 'Run the same zhiyin move once more.' },
}

async function judgeKeyFile(path: string): Promise<{ key: Uint8Array | undefined; check: Check }> {
  const title = { zh: '密钥文件', en: 'key file' }
  const key = await openKeyFile(path, false).catch(() => undefined)
  const found = await stat(path).catch(() => undefined)
  if (!key || !found)
    return {
      key: undefined,
      check: check('key.file', title, 'fault', {
        found: found ? { zh: '内容不是密钥', en: 'is no key' } : { zh: '没有', en: 'none' },
        wanted: plain(path),
        remedy: {
          zh: '请放回原密钥文件；没有它，加密字段无法读取。',
          en: 'Put the key file back: without it encrypted fields cannot be read.',
        },
      }),
    }
  const open = (found.mode & 0o077) !== 0
  const foreign = typeof process.getuid === 'function' && found.uid !== process.getuid()
  return {
    key,
    check: check('key.file', title, open ? 'fault' : foreign ? 'warning' : 'ok', {
      found: plain(`${(found.mode & 0o777).toString(8).padStart(4, '0')} uid ${found.uid}`),
      wanted: { zh: '0600，属于运行程序的用户', en: '0600, owned by the user who runs the program' },
      remedy: { zh: `请执行 chmod 600 ${path}，并核对属主。`, en: `chmod 600 ${path}, and check its owner.` },
    }),
  }
}
