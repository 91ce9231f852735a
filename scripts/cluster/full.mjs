// Disks that are full, without filling one: a file system of a few pages lies over a folder for a while. Root on Linux.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const mount = (...args) => execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe'] })
const unmount = (path) => execFileSync('umount', ['-l', path], { stdio: ['ignore', 'ignore', 'pipe'] })

/** Whether this machine lets us. */
export function canMount(folder) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  mkdirSync(folder, { recursive: true })
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) return false
  unmount(folder)
  return true
}

/** An empty disk without room over a folder that holds nothing to be kept; answers how it is taken away. */
export function coverFull(folder) {
  mount('-t', 'tmpfs', '-o', 'size=16k,mode=0700', 'tmpfs', folder)
  fill(folder)
  return () => unmount(folder)
}

/** The same over a folder whose files are still read: they shine through, and nothing more can be written. */
export function overlayFull(folder, scratch) {
  mkdirSync(scratch, { recursive: true })
  mount('-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', scratch)
  const [upper, work] = [join(scratch, 'upper'), join(scratch, 'work')]
  try {
    for (const path of [upper, work]) mkdirSync(path, { mode: 0o700 })
    mount('-t', 'overlay', '-o', `lowerdir=${folder},upperdir=${upper},workdir=${work}`, 'overlay', folder)
  } catch (error) {
    unmount(scratch)
    throw error
  }
  fill(scratch)
  return () => {
    unmount(folder)
    unmount(scratch)
  }
}

function fill(folder) {
  try {
    for (let i = 0; i < 64; i++) writeFileSync(join(folder, `.full${i}`), Buffer.alloc(4096))
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error
  }
}
