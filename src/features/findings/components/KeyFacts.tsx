import { Facts } from '#ui/Case.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { writeIn, writeSpan } from '#ui/written.ts'
import { texts } from '../texts.ts'
import type { Case } from './FindingPicture.tsx'

const toneOf = { critical: 'worse', high: 'amber', medium: undefined, low: undefined } as const

/** How much, how sure, how many: the numbers the finding stands on. */
export function KeyFacts({ of: { finding, observations } }: { of: Case }) {
  const { t, format } = useLanguage()
  const unit = finding.metricUnit
  const compared = observations.at(-1)?.evidence.comparedWith.kind
  const measured = finding.difference !== null
  return (
    <Facts
      facts={[
        measured
          ? {
              name: t(compared === 'trend' ? texts.valueLast : texts.value),
              value: writeIn(unit, finding.value, format),
              note: `n = ${format.number(finding.n)}`,
            }
          : null,
        measured
          ? {
              name: compared ? t(texts[`reference_${compared}`]) : t(texts.reference),
              value: writeIn(unit, finding.reference, format),
            }
          : null,
        measured
          ? {
              name: t(compared === 'trend' ? texts.differenceTrend : texts.difference),
              tone: 'worse',
              value: writeIn(unit, finding.difference, format, true),
              note: writeSpan(unit, finding.low, finding.high, format),
            }
          : null,
        {
          name: t(texts.affected),
          value: t(texts.affectedUnit, { count: format.number(finding.customersAffected) }),
          note: t(texts.affectedWhy, { month: finding.firstPeriod }),
        },
        {
          name: t(texts.severity),
          tone: toneOf[finding.severityLevel],
          value: t(texts[`severity_${finding.severityLevel}`]),
          note: t(texts.severityWhy, { size: format.number(finding.severity) }),
        },
        {
          name: t(texts.confidence),
          value: format.percent(finding.confidence, { digits: 0 }),
          note: finding.current ? t(texts.confidenceWhy) : t(texts.notCurrent),
        },
      ]}
    />
  )
}
