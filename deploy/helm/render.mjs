// `node deploy/helm/render.mjs`, after the chart was changed: renders it with each values file of ci/ and keeps the result
// in golden/, where the tests look at it: they run where there is no Helm. ZHIYIN_HELM names the program if PATH does not.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const chart = fileURLToPath(new URL('./zhiyin', import.meta.url))
export const golden = fileURLToPath(new URL('./golden', import.meta.url))
const helm = process.env.ZHIYIN_HELM ?? 'helm'
/** The version whose schemas stand in ../schemas. */
const kubernetes = '1.34.0'

/** The cases: the values as they are, and each file of ci/. */
export const cases = () => [
  'default',
  ...readdirSync(join(chart, 'ci'))
    .map((file) => file.replace(/-values\.yaml$/, ''))
    .sort(),
]

/** What a case is rendered from; a golden file says which it was. */
export function hashOfChart() {
  const hash = createHash('sha256')
  const files = readdirSync(chart, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.md$|^\.DS_Store$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  for (const file of files.sort())
    hash.update(file.slice(chart.length).replaceAll('\\', '/')).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

export const hasHelm = () => spawnSync(helm, ['version'], { stdio: 'ignore' }).status === 0

/** Helm's words about a chart with these values: its manifests, or why it refuses. */
export function template(name, more = []) {
  const values = name === 'default' ? [] : ['--values', join(chart, 'ci', `${name}-values.yaml`)]
  const where = ['--namespace', 'cx', '--kube-version', kubernetes]
  const { status, stdout, stderr } = spawnSync(helm, ['template', 'bank', chart, ...where, ...values, ...more], {
    encoding: 'utf8',
  })
  return status === 0 ? { text: stdout } : { refusal: stderr }
}

export const head = () => `# Written by deploy/helm/render.mjs from the chart ${hashOfChart()}\n`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(golden, { recursive: true })
  for (const name of cases()) {
    const { text, refusal } = template(name)
    if (refusal) throw new Error(`${name}: ${refusal}`)
    writeFileSync(join(golden, `${name}.yaml`), head() + text)
  }
}
