/** The structure of the house: which way imports go, which names a feature's rooms have, that every text exists twice. */
import { readFile } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { lockPath, missingFromLock } from './completeLock.mjs'
import { errorsDoc, errorsDocPath } from './errorsDoc.ts'

const root = join(import.meta.dirname, '..')
const problems: string[] = []

/** area -> the areas it may import. `server`, `web`, `cli` and what stands outside src/ may import all. */
const mayImport: Record<string, readonly string[]> = {
  lib: [],
  files: ['lib'],
  methods: ['lib'],
  store: ['lib'],
  access: ['store', 'lib'],
  contract: ['access', 'lib'],
  warehouse: ['access', 'store', 'methods', 'contract', 'files', 'lib'],
  ui: ['contract', 'methods', 'lib'],
  features: ['ui', 'methods', 'warehouse', 'store', 'access', 'contract', 'files', 'lib'],
}
const vocabulary =
  /^(contract|tables|data|mutations|policy|routes|finder|jobs|demo|texts|worker|bind|services|job)\.ts$|^(questions|parse|data|mutations|contract|texts)\/[\w-]+\.ts$|^(pages|components)\/[\w-]+\.(tsx|ts|css)$/
/** Reads that need no scope, each with its reason; what stands in `scoped` brings one or was found through one. */
const scoped = /\b(Scope|Units|Context|Reading|KeptFile)\b/
const unscoped: Record<string, string> = {
  'access/data.ts door': 'before anybody has signed in',
  'findings/data.ts observationsOf': 'of a finding that was found within the scope',
  'findings/data.ts historyOf': 'of a finding that was found within the scope',
  'findings/data/bank.ts unitsOf': 'the tree that subtrees are cut from; its rows are never an answer',
  'imports/data/copies.ts beginCopy': 'of what the caller himself is sending',
  'imports/data/copies.ts dropCopies': 'upkeep, nobody reads',
  'imports/data/caseBlocks.ts caseBlocks': 'numbers of cases for whoever has their keys from facts within a scope',
  'imports/data/uploads.ts dropFilesSentBefore': 'upkeep, nobody reads',
  'imports/data/uploads.ts dropOldFiles': 'upkeep, nobody reads',
  'improvement/data.ts todayOf': 'the day',
  'improvement/data.ts namesFor': 'names for rows that were found within the scope',
  'improvement/data.ts actionHistoryOf': 'of an action that was found within the scope',
  'journeys/data.ts targetsOn': 'targets are the bank’s word on every unit; looked up, never listed',
  'journeys/data.ts touchpointDimension': 'the model as the warehouse copies it',
  'processes/data.ts askedLog': 'which log a question reads; the engine adds the scope to it',
}
const isTest = (file: string) => /\.test\.tsx?$|\/testing\.ts$|\/testing\//.test(file)
const chinese = /[\u3400-\u9fff]/

const files = globSync(['src/**/*.{ts,tsx}', 'demo/**/*.ts', 'bench/**/*.ts', 'e2e/**/*.ts', 'scripts/**/*.ts'], {
  cwd: root,
})
  .map((file) => file.replaceAll('\\', '/'))
  .sort()
const featureEdges = new Map<string, Set<string>>()

for (const file of files) {
  const text = await readFile(join(root, file), 'utf8')
  const [, area = '', feature = ''] = file.split('/')
  const inSource = file.startsWith('src/')
  const page = /^src\/features\/[^/]+\/(pages|components)\//.test(file)
  if (inSource && area === 'features' && feature.includes('.') === false) {
    const within = file.split('/').slice(3).join('/')
    if (!isTest(file) && !vocabulary.test(within)) problems.push(`${file}: a feature has no room of this name`)
  }
  if (file.endsWith('.tsx') && inSource)
    for (const [i, line] of text.split('\n').entries())
      if (chinese.test(line.replaceAll('知音', '').replace(/\/\/.*|\/?\*.*|zh: .*/g, '')))
        problems.push(`${file}:${i + 1}: a text in one language only: put it into texts.ts`)

  if (/^src\/features\/[^/]+\/data(\.ts|\/[\w-]+\.ts)$/.test(file) && !isTest(file))
    for (const [name, parameters] of exportedFunctions(text))
      if (/\b(Services|Store|Tx|Warehouse)\b/.test(parameters) && !scoped.test(parameters)) {
        const read = `${file.slice('src/features/'.length)} ${name}`
        if (!unscoped[read]) problems.push(`${file}: ${name} reads without a Scope`)
        delete unscoped[read]
      }

  for (const [statement, type, specifier] of importsOf(text)) {
    const target = resolve(file, specifier)
    if (!target?.startsWith('src/')) continue
    const [, targetArea = '', targetFeature = ''] = target.split('/')
    // The demo's story acts as the bank's own people did, before there is a door.
    const mints = ['access', 'server'].includes(area) || file === 'demo/story.ts' || file.startsWith('bench/')
    if (target === 'src/access/mint.ts' && !mints && !isTest(file))
      problems.push(`${file}: a scope is minted in access/ and at the server's door only`)
    if (!inSource || isTest(file)) continue
    const allowed = mayImport[area]
    if (allowed && targetArea !== area && !allowed.includes(targetArea))
      problems.push(`${file}: ${area} does not import ${targetArea} (${statement})`)
    if (area !== 'features' || targetArea !== 'features') {
      if (page && !type && !['ui', 'methods', 'lib', 'features', 'contract'].includes(targetArea))
        problems.push(`${file}: a page imports contract, texts, ui, methods and lib only (${specifier})`)
      continue
    }
    const own = targetFeature === feature
    if (page && !/\/(contract|texts)\.ts$|\/(pages|components)\//.test(target))
      problems.push(`${file}: a page imports contract, texts, ui, methods and lib only (${specifier})`)
    if (!own && !targetFeature.endsWith('.ts') && !feature.endsWith('.ts')) {
      const faces = page
        ? /^src\/features\/[^/]+\/(contract|texts)\.ts$/
        : /^src\/features\/[^/]+\/(data\.ts|data\/[\w-]+\.ts|contract\.ts)$/
      if (!faces.test(target))
        problems.push(`${file}: another feature is read through its data.ts or contract.ts (${specifier})`)
      if (!target.endsWith('/contract.ts'))
        featureEdges.set(feature, (featureEdges.get(feature) ?? new Set()).add(targetFeature))
    }
  }
}

for (const read of Object.keys(unscoped)) problems.push(`scripts/check.ts: ${read} is no read without a Scope any more`)

for (const start of featureEdges.keys()) {
  const seen = new Set<string>()
  const walk = (at: string): boolean =>
    [...(featureEdges.get(at) ?? [])].some(
      (next) => next === start || (!seen.has(next) && seen.add(next) && walk(next)),
    )
  if (walk(start)) problems.push(`features/${start}: reads itself through other features`)
}

// Texts: whatever looks like one must have both languages, and English holds no Chinese.
const withTexts = files.filter(
  (file) => file.startsWith('src/') && /(\/texts|contract\/errors|access\/policy)\.ts$/.test(file),
)
for (const file of withTexts) {
  const module = (await import(join(root, file))) as Record<string, unknown>
  for (const [name, value] of Object.entries(module)) inspect(value, `${file} ${name}`, 0)
}
// A table that is put together from several files would let the later one win.
const tableParts = Map.groupBy(
  files.filter((file) => file.startsWith('src/') && /\/(texts|errors)\/[\w-]+\.ts$/.test(file)),
  (file) => dirname(file),
)
for (const [folder, parts] of tableParts) {
  const places = new Map<string, string>()
  for (const part of parts)
    for (const table of Object.values((await import(join(root, part))) as Record<string, object>))
      for (const key of Object.keys(table)) {
        if (places.has(key)) problems.push(`${folder}: ${key} stands in ${places.get(key)} and in ${part}`)
        places.set(key, part)
      }
}

const { routes, questions } = await import('#server/registry.ts')
for (const { route } of routes) inspect(route.summary, `route ${route.id}`, 0)
for (const { id, title, definition } of questions) inspect({ title, definition }, `question ${id}`, 0)
for (const [what, ids] of [
  ['route', routes.map(({ route }) => route.id)],
  ['question', questions.map(({ id }) => id)],
] as const)
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push(`${what} ${id} is registered twice`)

if ((await readFile(errorsDocPath, 'utf8').catch(() => '')) !== errorsDoc())
  problems.push('docs/errors.md is not what the catalogue says: run `npm run docs`')

for (const { name } of missingFromLock(JSON.parse(await readFile(lockPath, 'utf8'))))
  problems.push(`package-lock.json: ${name} is not described, and npm ci would refuse the file: run \`npm run lock\``)

function inspect(value: unknown, where: string, depth: number): void {
  // The switch between languages speaks to a reader who has the wrong one before him.
  if (typeof value !== 'object' || value === null || depth > 6 || /\.language\w*$/.test(where)) return
  const { zh, en } = value as { zh?: unknown; en?: unknown }
  if ('zh' in value || 'en' in value) {
    // A word that one language does without is empty there.
    if (zh === undefined || en === undefined || (zh === '' && en === '')) problems.push(`${where}: needs zh and en`)
    else if (typeof en === 'string' && chinese.test(en.replace(/[“「].*?[”」]|（.*?）|\(.*?\)/g, '')))
      problems.push(`${where}: Chinese in the English text`)
    else if (
      typeof zh === 'object' &&
      typeof en === 'object' &&
      Object.keys(zh as object)
        .sort()
        .join() !==
        Object.keys(en as object)
          .sort()
          .join()
    )
      problems.push(`${where}: zh and en have different keys`)
    return
  }
  for (const [key, inner] of Object.entries(value)) inspect(inner, `${where}.${key}`, depth + 1)
}

function exportedFunctions(text: string): [name: string, parameters: string][] {
  return [...text.matchAll(/^export (?:async )?(?:function (\w+)|const (\w+) =)[^('"\n]*\(/gm)].map((match) => {
    const from = match.index + match[0].length
    let [depth, to] = [1, from]
    for (; depth > 0 && to < text.length; to++) depth += text[to] === '(' ? 1 : text[to] === ')' ? -1 : 0
    return [match[1] ?? match[2] ?? '', text.slice(from, to)]
  })
}

function importsOf(text: string): [statement: string, type: boolean, specifier: string][] {
  const found: [string, boolean, string][] = []
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  for (const match of code.matchAll(
    /\b(import|export)(\s+type)?\b[^'"`;()]*?\bfrom\s+'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g,
  ))
    found.push([match[0].replace(/\s+/g, ' ').slice(0, 100), Boolean(match[2]), match[3] ?? match[4] ?? ''])
  return found
}

function resolve(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(file), specifier)).replaceAll('\\', '/')
  const alias = /^#(\w+)\/(.+)$/.exec(specifier)
  return alias ? (alias[1] === 'demo' ? `demo/${alias[2]}` : `src/${alias[1]}/${alias[2]}`) : undefined
}

for (const problem of problems) console.error(problem)
console.error(problems.length ? `${problems.length} structural problems` : `structure: ${files.length} files in order`)
process.exitCode = problems.length ? 1 : 0
