import type { Language } from './text.ts'

const synthetic = { zh: '演示', en: 'demo' }

/** The name of an exported file. One from a demo home says so: it is read far from the page that says it. */
export const exportName = (name: string, ending: 'csv' | 'xlsx', isDemo: boolean, language: Language): string =>
  `${name}${isDemo ? `-${synthetic[language]}` : ''}.${ending}`
