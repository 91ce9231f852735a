import { readProposals } from '#features/improvement/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { texts } from '../texts.ts'

/** Actions that worked for similar findings, each with the effect that was measured. */
export function Proposals({ id }: { id: string }) {
  const { t, language } = useLanguage()
  const { permissions } = useReader()
  const query = useRead(readProposals, { params: { id } })
  return (
    <Section title={t(texts.proposals)}>
      <Answer query={query} skeleton={<Loading rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="zy-quiet">{t(texts.noProposals)}</p>
          ) : (
            <ul className="zy-events">
              {items.map(({ action, effect, text }) => (
                <li key={effect.id}>
                  <PageLink to={`/effects/${effect.id}`}>{action.title}</PageLink>
                  <p>{text[language]}</p>
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
