import { useLanguage } from '#ui/i18n.ts'
import { writeIn, writeSpan } from '#ui/written.ts'
import { texts } from '../texts.ts'
import type { Case } from './FindingPicture.tsx'

/** How much, how sure, how many: the numbers the finding stands on. */
export function KeyFacts({ of: { finding, observations } }: { of: Case }) {
  const { t, format } = useLanguage()
  const unit = finding.metricUnit
  const compared = observations.at(-1)?.evidence.comparedWith.kind
  return (
    <dl className="zy-facts">
      {finding.difference === null ? null : (
        <>
          <div>
            <dt>{t(texts.value)}</dt>
            <dd>
              <b>{writeIn(unit, finding.value, format)}</b>
              <small>n = {format.number(finding.n)}</small>
            </dd>
          </div>
          <div>
            <dt>{compared ? t(texts[`reference_${compared}`]) : t(texts.reference)}</dt>
            <dd>
              <b>{writeIn(unit, finding.reference, format)}</b>
            </dd>
          </div>
          <div>
            <dt>{t(texts.difference)}</dt>
            <dd className="zy-facts-worse">
              <b>
                <span aria-hidden="true">{finding.difference > 0 ? '▲' : '▼'}</span>
                {writeIn(unit, finding.difference, format, true)}
              </b>
              <small title={t(texts.interval)}>{writeSpan(unit, finding.low, finding.high, format)}</small>
            </dd>
          </div>
        </>
      )}
      <div>
        <dt>{t(texts.affected)}</dt>
        <dd>
          <b>{t(texts.affectedUnit, { count: format.number(finding.customersAffected) })}</b>
          <small>{t(texts.since, { month: finding.firstPeriod })}</small>
        </dd>
      </div>
      <div>
        <dt>{t(texts.severity)}</dt>
        <dd>
          <b className={`zy-level-${finding.severityLevel}`}>{t(texts[`severity_${finding.severityLevel}`])}</b>
          <small>{t(texts.severityWhy, { size: format.number(finding.severity) })}</small>
        </dd>
      </div>
      <div>
        <dt>{t(texts.confidence)}</dt>
        <dd>
          <b>{format.percent(finding.confidence, { digits: 0 })}</b>
          <small>{finding.current ? t(texts.confidenceWhy) : t(texts.notCurrent)}</small>
        </dd>
      </div>
    </dl>
  )
}
