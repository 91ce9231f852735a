import type { Text } from '#lib/text.ts'
import { texts } from './texts.ts'

export interface NavPage {
  path: string
  name: Text
  /** Shown only to those who hold it. */
  permission: string
}

export interface NavGroup {
  id: string
  name: Text
  what?: Text
  pages: readonly NavPage[]
}

/** The four verbs, then settings: each group holds its pages. */
export const navigation: readonly NavGroup[] = [
  {
    id: 'listen',
    name: texts.listen,
    what: texts.listenWhat,
    pages: [
      { path: '/model', name: texts.page_model, permission: 'experience.read' },
      { path: '/import', name: texts.page_import, permission: 'import.read' },
    ],
  },
  {
    id: 'understand',
    name: texts.understand,
    what: texts.understandWhat,
    pages: [
      { path: '/', name: texts.page_overview, permission: 'experience.read' },
      { path: '/diagnostic', name: texts.page_diagnostic, permission: 'experience.read' },
      { path: '/findings', name: texts.page_findings, permission: 'findings.read' },
      { path: '/processes', name: texts.page_processes, permission: 'processes.read' },
      { path: '/questions', name: texts.page_questions, permission: 'questions.ask' },
    ],
  },
  {
    id: 'act',
    name: texts.act,
    what: texts.actWhat,
    pages: [
      { path: '/my-work', name: texts.page_work, permission: 'self.read' },
      { path: '/actions', name: texts.page_actions, permission: 'actions.read' },
    ],
  },
  {
    id: 'verify',
    name: texts.verify,
    what: texts.verifyWhat,
    pages: [{ path: '/effects', name: texts.page_effects, permission: 'actions.read' }],
  },
  {
    id: 'settings',
    name: texts.settings,
    pages: [
      { path: '/settings/access', name: texts.page_access, permission: 'access.read' },
      { path: '/settings/units', name: texts.page_units, permission: 'units.read' },
      { path: '/settings/metrics', name: texts.page_metrics, permission: 'experience.read' },
      { path: '/settings/erasures', name: texts.page_erasures, permission: 'privacy.read' },
      { path: '/settings/audit', name: texts.page_audit, permission: 'audit.read' },
      { path: '/settings/system', name: texts.page_system, permission: 'system.operate' },
    ],
  },
]
