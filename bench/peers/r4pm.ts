import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Reads an XES file into memory with r4pm, in milliseconds a reading; undefined where it is not installed. */
export async function r4pmReader(path: string): Promise<{ read(): Promise<number>; close(): void } | undefined> {
  const python = join(import.meta.dirname, '.r4pm/bin/python')
  const there = await access(python).then(
    () => true,
    () => false,
  )
  if (!there) return undefined
  const child = spawn(python, [join(import.meta.dirname, 'readXes.py'), path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    read: async () => {
      child.stdin.write('\n')
      const { value, done } = await answers.next()
      if (done) throw new Error('r4pm ended')
      return Number(value)
    },
    close: () => child.stdin.end(),
  }
}
