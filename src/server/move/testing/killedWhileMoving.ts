/** A move that dies at its n-th part: with the file stored and nothing of it in a table, or just after it was noted. */
import { type Files, openFiles } from '#files/files.ts'
import { moveToCluster } from '../toCluster.ts'

const { KILLED_AT: point, KILLED_PART: part, KILLED_HOME, KILLED_DATABASE, KILLED_LAKE, KILLED_FILES } = process.env
const die = () => process.kill(process.pid, 'SIGKILL')
let puts = 0
let told = 0
const dying = (files: Files): Files => ({
  ...files,
  put: async (key, source) => {
    const stored = await files.put(key, source)
    if (point === 'put' && ++puts === Number(part)) die()
    return stored
  },
})
const moved = await moveToCluster({
  folder: KILLED_HOME!,
  databaseUrl: KILLED_DATABASE!,
  warehouse: { url: KILLED_LAKE!, files: KILLED_FILES! },
  signal: new AbortController().signal,
  chunkRows: 1500,
  progress: ({ step }) => {
    if (step === point && ++told === Number(part)) die()
  },
  openStorage: async (url) => dying(await openFiles(url)),
})
console.error('lived', JSON.stringify(moved).slice(0, 300))
