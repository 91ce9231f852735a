import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'

export const finderIds = ['below_target', 'worse_than_past', 'growing_wait', 'unmeasured'] as const

/** What a finder looks for, as the reader says it. */
export function useFinderName(): (id: string) => string {
  const { t } = useLanguage()
  return (id) => {
    const known = finderIds.find((finder) => finder === id)
    return known ? t(texts[`finder_${known}`]) : id
  }
}
