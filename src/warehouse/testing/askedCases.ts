const quarter = { from: '2025-01-01', to: '2025-03-31' }
const month = { from: '2025-02-01', to: '2025-02-28' }
const spans = { ...month, comparedFrom: '2025-01-01', comparedTo: '2025-01-31' }
const weeks = { weeksFrom: '2025-02-03', weeksTo: '2025-03-30' }
const cell = { ...quarter, touchpoint: 'tp_counter', unit: 'hz' }

/** What each question is asked; a question without an entry is asked without parameters. */
export const askedCases: Record<string, Record<string, unknown>> = {
  'experience.complaint_times': { ...quarter, days: 7, asOf: '2025-03-31' },
  'experience.coverage': quarter,
  'experience.newest.recent': { since: '2025-03-01' },
  'experience.recognised': quarter,
  'experience.scores': { metric: 'nps' },
  'experience.scores.months': { ...month, groupBy: 'unit', unit: 'hz' },
  'experience.scores.stages': { ...quarter, groupBy: 'stage', channel: 'app', metric: 'complaint_rate' },
  'experience.days': { ...spans, ...weeks, metrics: ['nps', 'volume'], channel: 'app' },
  'experience.sums': { ...spans, by: ['unit'], level: 4 },
  'experience.sums.places': { ...spans, by: ['none', 'touchpoint', 'unit', 'channel'], metrics: ['nps', 'wait'] },
  'experience.trend': { metric: 'wait' },
  'experience.trend.months': { metric: 'complaint_rate', grain: 'month', unit: 'hz', ...quarter },
  'experience.wait_bins': { ...spans, ...weeks },
  'experience.weekly': { ...quarter, metrics: ['csat', 'volume'] },
  'findings.cases': { ...cell, metric: 'wait' },
  'findings.cell': { ...cell, metric: 'csat' },
  'findings.peers': { ...cell, metric: 'complaint_rate', touchpoint: 'tp_transfer' },
  'imports.reach': { kind: 'complaints', load: 4 },
  'processes.edges': { process: 'loan' },
  'processes.edges.ends': { process: 'loan', view: 'work_items', ends: true },
  'processes.summary': { process: 'loan' },
  'processes.summary.work_items': { process: 'loan', view: 'work_items' },
  'processes.variants': { process: 'loan', limit: 5 },
}
