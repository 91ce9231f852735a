import type { z } from 'zod'
import type { AnswerOf } from '#contract/route.ts'
import type { action, effect, readAction } from '../contract.ts'

export type Action = z.infer<typeof action>
export type Effect = z.infer<typeof effect>
export type OpenedAction = AnswerOf<typeof readAction>

/** A write changes what these show. */
export const stale = ['actions', 'effects', 'improvement', 'work', 'findings', 'overview']
