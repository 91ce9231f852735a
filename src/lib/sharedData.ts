import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Path of a file of the shared data folder, or undefined where the folder (or the file) is absent; tests skip then. */
export function sharedData(file: string): string | undefined {
  const named = process.env.ZHIYIN_DATA
  if (named) return existsSync(join(named, file)) ? join(named, file) : undefined
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(dirname(folder), 'shared', 'data', file)
    if (existsSync(path)) return path
    if (dirname(folder) === folder) return undefined
  }
}
