import { actions } from './texts/actions.ts'
import { effects } from './texts/effects.ts'
import { words } from './texts/words.ts'
import { work } from './texts/work.ts'

/** Words of actions, effects and the reader's own work. */
export const texts = { ...words, ...actions, ...effects, ...work } as const
