import { readProposals } from '#features/improvement/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { writeIn, writeSpan } from '#ui/written.ts'
import { texts } from '../texts.ts'

/** Actions that worked for similar findings, each with the effect that was measured. */
export function Proposals({ id }: { id: string }) {
  const { t, language, format } = useLanguage()
  const { permissions } = useReader()
  const query = useRead(readProposals, { params: { id } })
  const alike = (code: string) =>
    `similar_${code}` in texts ? t(texts[`similar_${code}` as 'similar_same_metric']) : code
  return (
    <Section title={t(texts.proposals)}>
      <Answer query={query} skeleton={<Loading rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="zy-quiet">{t(texts.noProposals)}</p>
          ) : (
            <ul className="zy-events">
              {items.map(({ action, effect, similarity, text }) => (
                <li key={effect.id}>
                  <PageLink to={`/effects/${effect.id}`}>{action.title}</PageLink>
                  <p>{text[language]}</p>
                  <p className="zy-quiet">
                    {effect.metricName[language]}{' '}
                    <b className="zy-change-better">{writeIn(effect.metricUnit, effect.estimate, format, true)}</b>{' '}
                    {writeSpan(effect.metricUnit, effect.low, effect.high, format)} ·{' '}
                    {t(texts.grade, { grade: effect.grade })} · {similarity.map(alike).join(' · ')}
                  </p>
                  {permissions.has('actions.write') ? (
                    <PageLink to="/actions/new" also={{ finding: id, like: action.id }}>
                      {t(texts.useProposal)}
                    </PageLink>
                  ) : null}
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Section>
  )
}
