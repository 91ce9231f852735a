import { useParams } from '@tanstack/react-router'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { Case as CasePage } from '#ui/Case.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Loading } from '#ui/states.tsx'
import { DecisionPanel } from '../components/DecisionPanel.tsx'
import { FindingCases } from '../components/FindingCases.tsx'
import { FindingChain } from '../components/FindingChain.tsx'
import { type Case, FindingPeers, FindingTrend } from '../components/FindingPicture.tsx'
import { FindingRow } from '../components/FindingRow.tsx'
import { History } from '../components/History.tsx'
import { KeyFacts } from '../components/KeyFacts.tsx'
import { Observations } from '../components/Observations.tsx'
import { Proposals } from '../components/Proposals.tsx'
import { Unmeasured } from '../components/Unmeasured.tsx'
import { readFinding } from '../contract.ts'
import { texts } from '../texts.ts'
import '../components/findings.css'

/** One finding: the chain at the left, what convinces in the middle, what to decide at the right. */
export default function Finding() {
  const { t } = useLanguage()
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useRead(readFinding, { params: { id } })
  return (
    <Answer
      query={query}
      skeleton={
        <Page title={t(texts.one)}>
          <Loading rows={14} />
        </Page>
      }
    >
      {(found) => <Opened key={found.finding.id} of={found} />}
    </Answer>
  )
}

function Opened({ of: found }: { of: Case }) {
  const { t, language, format } = useLanguage()
  const { finding } = found
  const missing = finding.direction === 'missing'
  const affected =
    finding.customersAffected > 0 ? t(texts.sentenceAffected, { count: format.number(finding.customersAffected) }) : ''
  return (
    <Page
      title={`${t(texts.one)} · ${(finding.touchpointName ?? finding.unitName)[language]}`}
      sentence={`${finding.title[language]}${affected}`}
      actions={<PageLink to="/findings">{t(texts.title)}</PageLink>}
    >
      <CasePage
        decideFirst
        chain={<FindingChain of={found} />}
        side={
          <>
            <DecisionPanel of={found} />
            <Proposals id={finding.id} />
            <History entries={found.history} />
          </>
        }
      >
        <KeyFacts of={found} />
        {finding.parentId ? (
          <p>
            <PageLink to={`/findings/${finding.parentId}`}>{t(texts.explainedBy)}</PageLink>
          </p>
        ) : null}
        {missing ? (
          <Unmeasured of={found} />
        ) : (
          <>
            <FindingTrend of={found} />
            <FindingPeers of={found} />
            <FindingCases of={found} />
          </>
        )}
        {found.caveats.length > 0 ? (
          <Section title={t(texts.caveats)} note={t(texts.caveatsNote)}>
            <ul className="zy-caveats">
              {found.caveats.map((caveat) => (
                <li key={caveat.code}>{caveat.text[language]}</li>
              ))}
            </ul>
          </Section>
        ) : null}
        <Observations of={found} />
        <Related title={t(texts.foldedHere)} items={found.folded} />
        <Related title={t(texts.mergedHere)} items={found.merged} />
      </CasePage>
    </Page>
  )
}

function Related({ title, items }: { title: string; items: Case['folded'] }) {
  if (items.length === 0) return null
  return (
    <Section title={title}>
      <ul className="zy-findings">
        {items.map((item) => (
          <FindingRow key={item.id} item={item} />
        ))}
      </ul>
    </Section>
  )
}
