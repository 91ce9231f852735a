import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import type { Effect } from './shown.ts'
import './improvement.css'

/** How strong the evidence is, as a letter with its meaning; the verdict decides the colour, the letter says it without. */
export function GradeMark({ effect, large = false }: { effect: Pick<Effect, 'grade' | 'verdict'>; large?: boolean }) {
  const { t } = useLanguage()
  return (
    <abbr
      className={`zy-grade zy-grade-${effect.verdict} ${large ? 'zy-grade-large' : ''}`}
      title={`${t(texts.gradeIs, { grade: effect.grade })}: ${t(texts[`grade_${effect.grade}`])}`}
    >
      {effect.grade}
    </abbr>
  )
}
