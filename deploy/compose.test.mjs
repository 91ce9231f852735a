import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import Ajv from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import {
  faultsOf,
  groupOf,
  mebibytesOf,
  read,
  root,
  secondsOf,
  secretsInClear,
  serverFaults,
  trinoFaults,
} from './rules.mjs'

const folder = join(root, 'deploy')
const parsed = (file) => parse(read('deploy', file), { merge: true })
/** As compose lays one file over another: maps by key, lists one after the other, what has a target once. */
function over(below, above) {
  if (Array.isArray(below) && Array.isArray(above)) {
    const targets = above.map((item) => item?.target).filter(Boolean)
    return [...below.filter((item) => !targets.includes(item?.target)), ...above]
  }
  if (typeof below !== 'object' || typeof above !== 'object' || !below || !above)
    return above === undefined ? below : above
  const keys = new Set([...Object.keys(below), ...Object.keys(above)])
  // A command replaces the one below.
  return Object.fromEntries(
    [...keys].map((key) => [key, key === 'command' ? (above[key] ?? below[key]) : over(below[key], above[key])]),
  )
}
const plain = parsed('compose.yaml')
const projects = { 'compose.yaml': plain, 'compose.s3.yaml': over(plain, parsed('compose.s3.yaml')) }
const valid = new Ajv({ strict: false, validateFormats: false }).compile(
  JSON.parse(read('deploy', 'schemas', 'compose-spec.json')),
)
const withDefault = (text) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1')

const containerOf = ([name, service]) => ({
  name,
  image: withDefault(service.image),
  env: service.environment ?? {},
  cpu: service.deploy?.resources?.limits?.cpus,
  memory: service.deploy?.resources?.limits?.memory,
  once: service.restart === 'no',
  probes: service.healthcheck?.test ? ['healthcheck'] : [],
  readOnly: service.read_only,
  dropsAll: service.cap_drop?.includes('ALL'),
  escalates: !service.security_opt?.includes('no-new-privileges:true'),
  // The other images name a user of their own who is not root.
  asRoot: /^(0|root)\b/.test(service.user ?? '') && name !== 'folders',
})
const serverOf = ([name, service]) => ({
  name,
  args: service.command,
  env: service.environment,
  graceSeconds: secondsOf(service.stop_grace_period),
  memoryMiB: mebibytesOf(service.deploy.resources.limits.memory),
  secretFiles: service.secrets.map((secret) => `/run/secrets/${secret}`),
})

for (const [file, project] of Object.entries(projects)) {
  const services = Object.entries(project.services)
  const servers = services.filter(([name]) => /^zhiyin\d$/.test(name))

  test(`${file} is what the Compose Specification says`, () => {
    assert.ok(valid(parsed(file)), JSON.stringify(valid.errors, null, 1))
    assert.ok(valid(project), JSON.stringify(valid.errors, null, 1))
    const misspelt = structuredClone(project)
    misspelt.services.proxy.heathcheck = {}
    assert.equal(valid(misspelt), false)
  })

  test(`${file}: each container is pinned, limited, asked how it is, and may do no more than it must`, () => {
    assert.deepEqual(
      services.flatMap((service) => faultsOf(containerOf(service))),
      [],
    )
    const [name, server] = servers[0]
    const spoilt = { ...server, image: 'zhiyin:latest', healthcheck: undefined, environment: { DATABASE_URL: 'x' } }
    assert.deepEqual(faultsOf(containerOf([name, spoilt])), [
      'zhiyin1: zhiyin:latest is not pinned by version',
      'zhiyin1: nobody asks whether it is well',
      'zhiyin1: DATABASE_URL stands in clear',
    ])
  })

  test(`${file}: servers drain before they are killed, fit into their memory, and name what exists`, () => {
    assert.equal(servers.length, 2)
    assert.deepEqual(
      servers.flatMap((server) => serverFaults(serverOf(server))),
      [],
    )
    const spoilt = serverOf(structuredClone(servers[0]))
    spoilt.args[spoilt.args.indexOf('--drain-seconds') + 1] = '60'
    Object.assign(spoilt.env, { ZHIYIN_WAREHOUS_THREADS: '2', NODE_OPTIONS: '--max-old-space-size=3000' })
    assert.equal(serverFaults(spoilt).length, 3)
  })

  test(`${file}: what starts first is what others can wait for`, () => {
    for (const [name, { depends_on: needs = {} }] of services)
      for (const [needed, { condition }] of Object.entries(needs)) {
        const other = project.services[needed]
        assert.ok(other, `${name} waits for ${needed}, which is not there`)
        if (condition === 'service_healthy') assert.ok(other.healthcheck?.test, `${needed} says never that it is well`)
        else if (condition === 'service_completed_successfully')
          assert.equal(other.restart, 'no', `${needed} never ends`)
        else assert.fail(`${name} does not wait until ${needed} is well`)
      }
  })

  test(`${file}: each file, secret, volume and network that is used is declared, and the files are there`, () => {
    for (const [name, service] of services) {
      for (const { source } of service.configs ?? []) assert.ok(project.configs[source], `${name}: config ${source}`)
      for (const secret of service.secrets ?? []) assert.ok(project.secrets[secret], `${name}: secret ${secret}`)
      for (const network of Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {}))
        assert.ok(network in project.networks, `${name}: network ${network}`)
      for (const volume of service.volumes ?? [])
        if (!volume.startsWith('/')) assert.ok(volume.split(':')[0] in project.volumes, `${name}: volume ${volume}`)
    }
    for (const { file: path } of Object.values(project.configs)) assert.ok(existsSync(join(folder, path)), path)
  })
}

test('the proxy reaches the servers on their port, asks whether they are ready, and is the one they believe', () => {
  const proxy = read('deploy', 'compose', 'haproxy.cfg')
  const servers = [...proxy.matchAll(/^ {2}server \S+ (\S+):(\d+)$/gm)].map(([, host, port]) => `${host}:${port}`)
  const port = /EXPOSE (\d+)/.exec(read('deploy', 'Dockerfile'))[1]
  assert.deepEqual(servers, [`zhiyin1:${port}`, `zhiyin2:${port}`])
  assert.match(proxy, /uri \/api\/v1\/ready\b/)
  assert.doesNotMatch(proxy, /cookie|stick/)
  // Who leaves a page must be seen to leave.
  assert.match(proxy.slice(proxy.indexOf('\ndefaults'), proxy.indexOf('\nresolvers')), /^ {2}option abortonclose$/m)
  const { command } = plain.services.zhiyin1
  const address = plain.services.proxy.networks.front.ipv4_address
  assert.equal(command[command.indexOf('--trust-proxy') + 1], address)
  assert.ok(address.startsWith(plain.networks.front.ipam.config[0].subnet.replace(/0\/24$/, '')))
  // Two looks that are missed are less than the time in which a stopping server still answers.
  const seconds = Number(/check inter (\d+)s fall 1/.exec(proxy)[1])
  assert.ok(seconds * 2 < Number(command[command.indexOf('--drain-seconds') + 1]))
})

test('secrets are made once, can be read by the containers and by nobody else, and none stands in a file', (t) => {
  for (const file of ['compose.yaml', 'compose.s3.yaml']) assert.deepEqual(secretsInClear(read('deploy', file)), [])
  assert.equal(secretsInClear('url: postgresql://zhiyin:hunter2@postgres/zhiyin').length, 1)
  assert.equal(secretsInClear('s3.aws-secret-key=abc').length, 1)
  if (spawnSync('openssl', ['version']).status !== 0) return t.skip('openssl is not here')
  const made = mkdtempSync(join(tmpdir(), 'zhiyin-secrets-'))
  after(() => rmSync(made, { recursive: true, force: true }))
  const make = () => execFileSync('sh', [join(folder, 'compose', 'make-secrets.sh'), made], { encoding: 'utf8' })
  make()
  for (const { file } of Object.values(projects['compose.s3.yaml'].secrets)) {
    const path = join(made, file.replace('./compose/secrets/', ''))
    assert.equal(statSync(path).mode & 0o777, 0o444, file)
  }
  assert.equal(statSync(made).mode & 0o777, 0o700)
  assert.match(readFileSync(join(made, 'field.key'), 'utf8'), /^[0-9a-f]{64}\n$/)
  const password = readFileSync(join(made, 'zhiyin-password'), 'utf8').trim()
  assert.equal(
    readFileSync(join(made, 'database-url'), 'utf8').trim(),
    `postgresql://zhiyin:${password}@postgres:5432/zhiyin`,
  )
  assert.equal(make(), '')
})

test('Trino starts with its limits, and its catalog is the one that was tried', () => {
  const tried = read('scripts', 'cluster', 'trino.mjs')
  const share = Number(/MaxRAMPercentage=(\d+)/.exec(read('deploy', 'compose', 'trino', 'jvm.config'))[1])
  for (const [name, service] of [
    ['coordinator', 'trino'],
    ['worker', 'trino-worker'],
  ]) {
    const config = read('deploy', 'compose', 'trino', `${name}.properties`)
    const memory = mebibytesOf(plain.services[service].deploy.resources.limits.memory)
    assert.deepEqual(trinoFaults({ name, config, heapMiB: (memory * share) / 100 }), [])
    assert.match(config, new RegExp(`^coordinator=${name === 'coordinator'}$`, 'm'))
    assert.deepEqual(secretsInClear(config), [])
  }
  assert.equal(
    trinoFaults({
      name: 'x',
      config: 'query.max-memory-per-node=2GB\nmemory.heap-headroom-per-node=1GB',
      heapMiB: 3000,
    }).length,
    1,
  )
  for (const file of ['lake.properties', 'lake.s3.properties']) {
    const text = read('deploy', 'compose', 'trino', file)
    assert.deepEqual(secretsInClear(text), [])
    for (const [, key] of tried.matchAll(/^ +'(iceberg\.[^']+)':/gm)) assert.match(text, new RegExp(`^${key}=`, 'm'))
    for (const [, key] of text.matchAll(/^([^=]+)=/gm))
      if (!/^(fs\.native-s3|s3)\./.test(key)) assert.ok(tried.includes(`'${key}'`), `${file}: ${key} was never tried`)
  }
  assert.match(
    plain.services.trino.image,
    new RegExp(`:${/trinoVersion = '(\d+)'/.exec(read('scripts', 'cluster', 'archives.mjs'))[1]}$`),
  )
})

test('each query of the program falls into the group that was meant for it', async () => {
  const groups = JSON.parse(read('deploy', 'helm', 'zhiyin', 'files', 'resource-groups.json'))
  const { sourceOf } = await import('#warehouse/lake/lakeStatements.ts')
  const lake = read('src', 'warehouse', 'lake', 'lake.ts')
  const of = (source, user = 'zhiyin') => groupOf(groups, { user, source })
  assert.ok(lake.includes("source: 'zhiyin question'"))
  assert.equal(of('zhiyin question'), 'zhiyin.question')
  assert.equal(of(sourceOf(17)), 'zhiyin.write')
  assert.equal(of('zhiyin recovery'), 'zhiyin.upkeep')
  assert.match(of('zhiyin question', 'somebody'), /^others\./)
  // Two servers ask as much as each of them lets through.
  const atOnce = Number(/questionsAtOnce = (\d+)/.exec(lake)[1])
  const [zhiyin] = groups.rootGroups
  assert.equal(zhiyin.subGroups.find(({ name }) => name === 'question').hardConcurrencyLimit, 2 * atOnce)
  const declared = groups.rootGroups.flatMap(({ name, subGroups }) => subGroups.map((group) => `${name}.${group.name}`))
  for (const { group } of groups.selectors) assert.ok(declared.includes(group), group)
})
