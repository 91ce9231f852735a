import type { AnswerOf } from '#contract/route.ts'
import { useLanguage } from '#ui/i18n.ts'
import type { listErasures, readErasure } from '../contract.ts'
import { texts } from '../texts.ts'

export type Request = AnswerOf<typeof listErasures>['requests'][number]
export type Whole = AnswerOf<typeof readErasure>

/** Read again when something was filed or decided. */
export const stale = ['erasures.']

/** Who acted, as he signs in. */
export function useActorName(): (id: string | null, name: string | null) => string | null {
  const { t } = useLanguage()
  return (id, name) => (id === null ? null : id === 'operator' ? t(texts.operator) : (name ?? id))
}
