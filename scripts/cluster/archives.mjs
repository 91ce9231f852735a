// Trino's programs: fetched once from where Maven fetches, checked by the digest beside them, unpacked into the cache.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export const trinoVersion = '476'
const archives = [
  { artifact: 'trino-server-core', packaging: 'tar.gz' },
  { artifact: 'trino-iceberg', packaging: 'zip' },
]
const local = join(homedir(), '.m2', 'repository')
const has = (command, argument) => spawnSync(command, [argument], { stdio: 'ignore' }).status === 0

/** The folder of the unpacked server with its Iceberg plugin. */
export async function ensureTrino({ cache, java, say }) {
  const folder = join(cache, `trino-${trinoVersion}`)
  if (existsSync(folder)) return folder
  const files = []
  for (const archive of archives) files.push(await fetchArchive(archive, cache, say))
  // Unpacked beside its place: what an interrupted command left is not taken for the whole.
  const draft = `${folder}.${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true })
  try {
    say(`unpacking Trino ${trinoVersion}`)
    execFileSync('tar', ['xzf', files[0], '-C', draft, '--strip-components=1'])
    const plugins = join(draft, 'plugin')
    if (has('unzip', '-v')) execFileSync('unzip', ['-q', files[1], '-d', plugins])
    else execFileSync(join(java.home, 'bin', 'jar'), ['xf', files[1]], { cwd: plugins })
    renameSync(join(plugins, `trino-iceberg-${trinoVersion}`), join(plugins, 'iceberg'))
    renameSync(draft, folder)
    // Maven's own stay with Maven.
    for (const file of files.filter((path) => path.startsWith(cache)))
      for (const ending of ['', '.sha1']) rmSync(`${file}${ending}`, { force: true })
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return folder
}

async function fetchArchive({ artifact, packaging }, cache, say) {
  const name = `${artifact}-${trinoVersion}.${packaging}`
  const path = ['io', 'trino', artifact, trinoVersion, name]
  const ofMaven = join(local, ...path)
  const own = join(cache, name)
  const found = () => [ofMaven, own].find((file) => existsSync(file) && existsSync(`${file}.sha1`))
  if (!found()) {
    say(`fetching ${name} (some hundred megabytes, once)`)
    if (has('mvn', '--version')) withMaven(`io.trino:${artifact}:${trinoVersion}:${packaging}`)
    else await withHttps(path.join('/'), own)
  }
  const file = found()
  if (!file) throw new Error(`${name} was fetched but is not in ${local}`)
  const wanted = readFileSync(`${file}.sha1`, 'utf8').trim().split(/\s/)[0]
  if ((await sha1(file)) !== wanted) throw new Error(`${file} is not what its .sha1 says: remove both and start again`)
  return file
}

function withMaven(coordinates) {
  const args = ['-q', '-B', 'dependency:get', `-Dartifact=${coordinates}`, '-Dtransitive=false']
  // Said, so that the file is where it is looked for, whatever Maven's settings say.
  const { status } = spawnSync('mvn', [...args, `-Dmaven.repo.local=${local}`], { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`Maven could not fetch ${coordinates}; see above`)
}

async function withHttps(path, file) {
  const registry = process.env.MAVEN_REPOSITORY
  if (!registry)
    throw new Error('Trino is fetched with Maven (mvn), or from the registry whose address MAVEN_REPOSITORY holds')
  mkdirSync(join(file, '..'), { recursive: true })
  for (const ending of ['', '.sha1']) {
    const url = `${registry.replace(/\/+$/, '')}/${path}${ending}`
    const answer = await fetch(url)
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(`${file}${ending}.new`))
    renameSync(`${file}${ending}.new`, `${file}${ending}`)
  }
}

async function sha1(file) {
  const hash = createHash('sha1')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
