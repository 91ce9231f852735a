/**
 * Actions and their effects: who changes what by when, and did it help.
 * GET    /api/v1/actions                     actions.list      {items: action[], next, total}
 * POST   /api/v1/actions                     actions.create    body plan -> action (state planned)
 * GET    /api/v1/actions/:id                 actions.read      {action, finding|null, effects[], history[], undoable}
 * PATCH  /api/v1/actions/:id                 actions.change    body {revision, …plan}; after the lock only owner, due, description, cost
 * POST   /api/v1/actions/:id/lock            actions.lock      pre-registers measure, guards, expected effect, design, dates -> action
 * POST   /api/v1/actions/:id/start           actions.start     body {on?} -> action (running)
 * POST   /api/v1/actions/:id/finish          actions.finish    body {on?, note?} -> action (finished: carried out; the effect is judged on its day)
 * POST   /api/v1/actions/:id/cancel          actions.cancel    body {reason} -> action
 * POST   /api/v1/actions/:id/undo            actions.undo      -> action: takes the newest step back (never a lock)
 * GET    /api/v1/actions/:id/chart           actions.chart     {points[], limits, signals[], controls[], judgedFrom}: no verdict in it
 * POST   /api/v1/actions/:id/estimate        actions.estimate  -> effect; refused before the analysis date and before its facts are in
 * POST   /api/v1/improvement/power           improvement.power body {measure, design, expectedEffect} -> {weeks, analysisOn, curve[], baseline, controls[]}
 * GET    /api/v1/effects                     effects.list      {items: effect[], next, total}; ?verdict=proved for the overview
 * GET    /api/v1/effects/:id                 effects.read      {effect, action, finding|null}
 * POST   /api/v1/effects/:id/decide          effects.decide    body {decision, note?} -> effect (permission effects.decide)
 * POST   /api/v1/effects/:id/undo            effects.undo      -> effect
 * POST   /api/v1/effects/:id/recheck         effects.recheck   -> effect (kind recheck, on all facts that have settled)
 * GET    /api/v1/findings/:id/chain          improvement.chain {finding, actions[], effects[]}
 * GET    /api/v1/findings/:id/proposals      improvement.proposals {items: [{action, effect, similarity[], text}]}: what worked for similar findings
 * GET    /api/v1/my-work                     work.mine         {today, actions[], due[], overdue[], findings[], effects[], reminders[]}
 * POST   /api/v1/reminders/:id/done          work.done         -> {id}
 * POST   /api/v1/reminders/:id/snooze        work.snooze       body {until} -> {id}
 * GET    /api/v1/owners                      work.owners       {owners: [{id, name, unitIds}]}: who can own an action in my units
 */
export * from './contract/actions.ts'
export * from './contract/effects.ts'
export * from './contract/shapes.ts'
export * from './contract/work.ts'
