import type { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import type { Action } from './shown.ts'

type Words = ReturnType<typeof useLanguage>

/** Why an action whose day has come is not judged yet. */
export const waitingWords = (
  { have, need }: NonNullable<Action['factsMissing']>,
  t: Words['t'],
  format: Words['format'],
): string =>
  have === null
    ? t(texts.factsNone, { need: format.day(need) })
    : t(texts.factsMissing, { have: format.day(have), need: format.day(need) })
