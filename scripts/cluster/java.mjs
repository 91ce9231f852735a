// Trino wants a newer Java than many systems have: the newest of 24 or later on this machine.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const oldest = 24

function describe(home) {
  const program = home ? join(home, 'bin', 'java') : 'java'
  if (home && !existsSync(program)) return undefined
  const { stderr, status } = spawnSync(program, ['-XshowSettings:properties', '-version'], { encoding: 'utf8' })
  if (status !== 0) return undefined
  const property = (name) => new RegExp(`^\\s*${name} = (.+)$`, 'm').exec(stderr)?.[1]
  return {
    home: home ?? property('java\\.home'),
    version: Number(property('java\\.specification\\.version')),
    // Trino is tried with Temurin; another build of the same version serves where there is none.
    temurin: /Adoptium/.test(property('java\\.vendor') ?? ''),
  }
}

/** `{ home, version }` of JAVA_HOME, of those that are installed or of the path; throws where there is none. */
export function findJava({ installed = '/usr/lib/jvm', javaHome = process.env.JAVA_HOME, onPath = true } = {}) {
  const homes = existsSync(installed) ? readdirSync(installed).map((name) => join(installed, name)) : []
  const [found] = [...(javaHome ? [javaHome] : []), ...homes, ...(onPath ? [undefined] : [])]
    .map(describe)
    .filter((java) => java && java.version >= oldest)
    .sort((a, b) => Number(b.temurin) - Number(a.temurin) || b.version - a.version)
  if (found) return found
  throw new Error(`Trino needs Java ${oldest} or newer: install Temurin 25, or let JAVA_HOME name one`)
}
