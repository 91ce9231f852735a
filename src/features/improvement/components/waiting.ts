import type { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import type { Action } from './shown.ts'

type Words = ReturnType<typeof useLanguage>

/** Why an action whose day has come is not judged yet; null where it waits for nothing. */
export function waitingWords(
  { factsMissing, factsUnknown }: Pick<Action, 'factsMissing' | 'factsUnknown'>,
  t: Words['t'],
  format: Pick<Words['format'], 'day'>,
): string | null {
  if (factsUnknown) return t(texts.factsUnknown)
  if (!factsMissing) return null
  const { have, need } = factsMissing
  return have === null
    ? t(texts.factsNone, { need: format.day(need) })
    : t(texts.factsMissing, { have: format.day(have), need: format.day(need) })
}
