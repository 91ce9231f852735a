import { z } from 'zod'
import { route } from '#contract/route.ts'
import { byId, id, note, paging, text } from '#contract/shapes.ts'
import { finding } from '#features/findings/contract.ts'
import { verdicts, decisions, action, effect } from './shapes.ts'

export const listEffects = route({
  id: 'effects.list',
  method: 'GET',
  path: '/api/v1/effects',
  summary: { zh: '效果评估列表', en: 'Effects, newest first' },
  permission: 'actions.read',
  query: z.object({
    verdict: z.enum(verdicts).optional(),
    undecided: z.enum(['yes']).optional(),
    unit: id.optional(),
    ...paging,
  }),
  answer: z.object({ items: z.array(effect), next: z.string().nullable(), total: z.int() }),
  errors: ['bad_request'],
})

export const readEffect = route({
  id: 'effects.read',
  method: 'GET',
  path: '/api/v1/effects/:id',
  summary: { zh: '一项效果评估', en: 'One effect with its action and finding' },
  permission: 'actions.read',
  params: byId,
  answer: z.object({ effect, action, finding: finding.nullable() }),
  errors: ['not_found'],
})

export const decideEffect = route({
  id: 'effects.decide',
  method: 'POST',
  path: '/api/v1/effects/:id/decide',
  summary: { zh: '决定：固化推广、调整或回退', en: 'Decide: standardise, adjust or roll back' },
  permission: 'effects.decide',
  params: byId,
  body: z.strictObject({ revision: z.int().optional(), decision: z.enum(decisions), note: note.optional() }),
  answer: effect,
  errors: ['not_found', 'changed_meanwhile', 'effect_decided', 'note_needed'],
})

export const undoEffect = route({
  id: 'effects.undo',
  method: 'POST',
  path: '/api/v1/effects/:id/undo',
  summary: { zh: '撤销决定', en: 'Take the decision back' },
  permission: 'effects.decide',
  params: byId,
  body: z.strictObject({}),
  answer: effect,
  errors: ['not_found', 'nothing_to_undo'],
})

export const recheckEffect = route({
  id: 'effects.recheck',
  method: 'POST',
  path: '/api/v1/effects/:id/recheck',
  summary: { zh: '复查效果是否保持', en: 'Recheck whether the effect lasts' },
  permission: 'actions.write',
  params: byId,
  body: z.strictObject({}),
  answer: effect,
  errors: ['not_found', 'effect_not_due', 'effect_facts_missing'],
})

export const readChain = route({
  id: 'improvement.chain',
  method: 'GET',
  path: '/api/v1/findings/:id/chain',
  summary: { zh: '证据链：问题、措施、效果', en: 'The chain: finding, actions, effects' },
  permission: 'findings.read',
  params: byId,
  answer: z.object({ finding, actions: z.array(action), effects: z.array(effect) }),
  errors: ['not_found'],
})

export const readProposals = route({
  id: 'improvement.proposals',
  method: 'GET',
  path: '/api/v1/findings/:id/proposals',
  summary: { zh: '对类似问题有效过的措施', en: 'Actions that worked for similar findings' },
  permission: 'findings.read',
  params: byId,
  answer: z.object({
    items: z.array(
      z.object({
        action,
        effect,
        /** same_metric, same_touchpoint, same_facet, same_channel, same_unit_kind. */
        similarity: z.array(z.string()),
        text,
      }),
    ),
  }),
  errors: ['not_found'],
})
