import type { Files } from '#files/files.ts'
import { log } from '#lib/log.ts'
import type { Statement, StatementOptions, TrinoClient } from './trinoClient.ts'

/** Where rows go between a server and the lake: statements of whoever moves them, and the storage that both reach. */
export interface Passage {
  client: TrinoClient
  files: Files
  run(text: string, options?: Pick<StatementOptions, 'signal'>): Promise<Statement>
}

/** Under which prefix of the storage the files of a table lie that we write ourselves. */
export const filesOf = ({ address }: TrinoClient, table: string): string => `${address.schema}_files/${table}/`

const stageFiles = (client: TrinoClient, name: string) => filesOf(client, `stage/${name}`)

/** Puts Parquet files under a prefix, in their order, and has a table hold them as they are. */
export async function registerFiles(
  { files, run }: Pick<Passage, 'files' | 'run'>,
  table: string,
  prefix: string,
  paths: readonly string[],
): Promise<void> {
  for (const [i, path] of paths.entries()) await files.put(`${prefix}rows${i}.parquet`, path)
  await run(`alter table ${table} execute add_files(location => '${files.location}${prefix}', format => 'PARQUET')`)
}

/** The same for a table that is read once. */
export const registerStage = (passage: Passage, name: string, paths: readonly string[]): Promise<void> =>
  registerFiles(passage, name, stageFiles(passage.client, name), paths)

/** Has the cluster write the rows of a query as Parquet, and hands over the files; none of it is left afterwards. */
export async function unloadQuery<T>(
  passage: Passage,
  name: string,
  query: string,
  use: (paths: readonly string[]) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { files, run } = passage
  const fetched: { path: string; release(): Promise<void> }[] = []
  try {
    // Under the stages' own prefix: what a cut statement leaves is swept with it.
    const place = `${files.location}${stageFiles(passage.client, name)}`
    await run(`create table ${name} with (format = 'PARQUET', location = '${place}') as ${query}`, { signal })
    const { rows } = await run(`select file_path from "${name}$files" where record_count > 0 order by file_path`)
    for (const [path] of rows) fetched.push(await files.fetch(keyOf(files.location, String(path))))
    return await use(fetched.map(({ path }) => path))
  } finally {
    for (const file of fetched) await tidily('a copy of a file', file.release())
    await dropStage(passage, name)
  }
}

/** Forgets a stage table and the files behind it. */
export async function dropStage({ client, files, run }: Passage, name: string): Promise<void> {
  await tidily(name, run(`drop table if exists ${name}`))
  await tidily(name, files.removeAll(stageFiles(client, name)))
}

/** What cannot be tidied now the lake's upkeep sweeps up. */
export async function tidily(what: string, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => log('warn', `${what} is left lying`, { said: (error as Error).message }))
}

/** The key of a file that the cluster names by its whole address. */
export function keyOf(location: string, path: string): string {
  if (path.startsWith(location)) return path.slice(location.length)
  throw new Error(`${path} lies outside ${location}`)
}
