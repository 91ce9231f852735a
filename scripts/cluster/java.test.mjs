import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { findJava } from './java.mjs'

const installed = mkdtempSync(join(tmpdir(), 'zhiyin-java-'))
after(() => rmSync(installed, { recursive: true, force: true }))

function install(name, version, vendor) {
  mkdirSync(join(installed, name, 'bin'), { recursive: true })
  const says = `    java.specification.version = ${version}\n    java.vendor = ${vendor}`
  writeFileSync(join(installed, name, 'bin', 'java'), `#!/bin/sh\ncat >&2 <<END\n${says}\nEND\n`, { mode: 0o755 })
}
const find = (javaHome) => findJava({ installed, javaHome, onPath: false })

test('a machine whose Java is too old is told what Trino needs', () => {
  install('java-17', '17', 'Debian')
  install('java-8', '1.8', 'Debian')
  assert.throws(() => find(), /Java 24 or newer/)
  assert.throws(() => find(join(installed, 'nothing')), /Java 24 or newer/)
})

test('of those that are new enough Temurin is taken, whether installed or named', () => {
  install('other-26', '26', 'Debian')
  assert.equal(find().home, join(installed, 'other-26'))
  install('temurin-25', '25', 'Eclipse Adoptium')
  assert.equal(find().home, join(installed, 'temurin-25'))
  assert.equal(findJava({ installed: '', javaHome: join(installed, 'other-26'), onPath: false }).version, 26)
})
