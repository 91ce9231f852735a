import type { AnswerOf } from '#contract/route.ts'
import { useLanguage } from '#ui/i18n.ts'
import type { checkUpload } from '../contract.ts'
import { texts } from '../texts.ts'

/** Which columns were not kept beside the facts, and why: nothing goes missing without a word. */
export function LeftOut({ columns }: { columns: AnswerOf<typeof checkUpload>['leftOut'] }) {
  const { t, format } = useLanguage()
  if (columns.length === 0) return null
  const named = columns.map(({ column, reason }) => t(texts.leftOutOne, { column, why: t(texts[`why_${reason}`]) }))
  return <p className="zy-note">{t(texts.leftOut, { columns: format.list(named), count: columns.length })}</p>
}
