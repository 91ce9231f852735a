import { Facts } from '#ui/Case.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { writeIn, writeSize, writeSpan } from '#ui/written.ts'
import { texts } from '../texts.ts'
import { GradeMark } from './GradeMark.tsx'
import type { Effect } from './shown.ts'
import '#ui/table.css'

/** Whether it helped, in one look: the grade, the verdict, and the first sentence of why. A sham looks like a sham. */
export function Verdict({ effect }: { effect: Effect }) {
  const { t, language } = useLanguage()
  return (
    <div className={`zy-verdict zy-verdict-${effect.verdict}`}>
      <GradeMark effect={effect} large />
      <div>
        <h2>{t(texts[`verdict_${effect.verdict}`])}</h2>
        <p>{effect.reasons[0]?.text[language] ?? t(texts[`grade_${effect.grade}`])}</p>
      </div>
    </div>
  )
}

export function EffectFacts({ effect }: { effect: Effect }) {
  const { t, format } = useLanguage()
  const unit = effect.metricUnit
  const tone = effect.verdict === 'proved' ? 'better' : effect.verdict === 'worse' ? 'worse' : 'quiet'
  return (
    <Facts
      facts={[
        {
          name: t(texts.estimateName),
          tone,
          value: writeIn(unit, effect.estimate, format, true),
          note: writeSpan(unit, effect.low, effect.high, format),
        },
        { name: t(texts.expected), value: writeIn(unit, effect.expectedEffect, format, true) },
        {
          name: t(texts.designUsed),
          value: effect.chart
            ? `${t(texts.designShort_xmr)} · ${t(texts[`chartShort_${effect.chart}`])}`
            : t(texts[`designShort_${effect.designUsed}`]),
          note:
            effect.designUsed === effect.designRegistered
              ? `n = ${format.number(effect.n)}`
              : t(texts.fellBack, { design: t(texts[`designShort_${effect.designRegistered}`]) }),
        },
        {
          name: t(texts.helped),
          value: format.number(effect.customersHelped),
          note:
            effect.costPerCustomer === null
              ? null
              : `${t(texts.costEach)} ${t(texts.yuan, { amount: format.number(effect.costPerCustomer, { digits: 2 }) })}`,
        },
      ]}
    />
  )
}

export function Reasons({ effect }: { effect: Effect }) {
  const { t, language } = useLanguage()
  const warned = [...new Map(effect.warnings.map((warning) => [warning.code, warning])).values()]
  return (
    <>
      <Section title={t(texts.reasons)}>
        <ul className="zy-reasons">
          {effect.reasons.map((reason) => (
            <li key={reason.code}>{reason.text[language]}</li>
          ))}
        </ul>
      </Section>
      {warned.length > 0 ? (
        <Section title={t(texts.warnings)}>
          <ul className="zy-warning">
            {warned.map((warning) => (
              <li key={warning.code}>{warning.text[language]}</li>
            ))}
          </ul>
        </Section>
      ) : null}
    </>
  )
}

/** Side effects: each guard with what it did, and whether it holds. */
export function Guards({ effect }: { effect: Effect }) {
  const { t, language, format } = useLanguage()
  return (
    <Section title={t(texts.guards)} note={t(texts.planGuardsNote)}>
      {effect.guards.length === 0 ? (
        <p className="zy-quiet">{t(texts.noGuards)}</p>
      ) : (
        <div className="zy-table-scroll">
          <table className="zy-table">
            <thead>
              <tr>
                <th scope="col">{t(texts.metric)}</th>
                <th scope="col" className="zy-numeric">
                  {t(texts.tolerance)}
                </th>
                <th scope="col" className="zy-numeric">
                  {t(texts.estimateName)}
                </th>
                <th scope="col" className="zy-numeric">
                  {t(texts.interval)}
                </th>
                <th scope="col">{t(texts.verdict)}</th>
              </tr>
            </thead>
            <tbody>
              {effect.guards.map((guard) => (
                <tr key={guard.metric}>
                  <th scope="row">{guard.metricName[language]}</th>
                  <td className="zy-numeric">
                    {guard.tolerance === null
                      ? t(texts.toleranceNone)
                      : writeSize(guard.metricUnit, guard.tolerance, format)}
                  </td>
                  <td className="zy-numeric">{writeIn(guard.metricUnit, guard.estimate, format, true)}</td>
                  <td className="zy-numeric">{writeSpan(guard.metricUnit, guard.low, guard.high, format)}</td>
                  <td className={guard.holds ? 'zy-intact' : guard.holds === false ? 'zy-broken' : 'zy-quiet'}>
                    {guard.holds
                      ? `✓ ${t(texts.holds)}`
                      : guard.holds === false
                        ? `✗ ${t(texts.holdsNot)}`
                        : `? ${t(texts.holdsUnknown)}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  )
}

/** The event study: block by block against the last one before the start. What lies before it should lie around zero. */
export function Leads({ effect, startOn }: { effect: Effect; startOn: string }) {
  const { t, format } = useLanguage()
  const unit = effect.metricUnit
  if (effect.leads.length === 0) return null
  const baseline = effect.points[0]?.from ?? startOn
  return (
    <Section title={t(texts.leads)} note={t(texts.leadsNote)}>
      <div className="zy-table-scroll">
        <table className="zy-table">
          <thead>
            <tr>
              <th scope="col">{t(texts.leadFrom)}</th>
              <th scope="col" className="zy-numeric">
                {t(texts.leadDifference)}
              </th>
              <th scope="col" className="zy-numeric">
                {t(texts.interval)}
              </th>
              <th scope="col">{t(texts.leadSide)}</th>
            </tr>
          </thead>
          <tbody>
            {effect.leads.map(({ from, estimate, low, high }) => {
              const reference = low === 0 && high === 0
              return (
                <tr key={from}>
                  <th scope="row">{format.day(from)}</th>
                  <td className="zy-numeric">{writeIn(unit, estimate, format, true)}</td>
                  <td className="zy-numeric">{reference ? '' : writeSpan(unit, low, high, format)}</td>
                  <td className="zy-quiet">
                    {t(
                      reference
                        ? texts.leadReference
                        : from >= startOn
                          ? texts.leadAfter
                          : from < baseline
                            ? texts.leadEarlier
                            : texts.leadBefore,
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </Section>
  )
}
