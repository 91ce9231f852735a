import { readChain } from '#features/improvement/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { Chain, type ChainItem } from '#ui/Chain.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Loading } from '#ui/states.tsx'
import { writeIn } from '#ui/written.ts'
import { texts } from '../texts.ts'
import type { Case, Evidence } from './FindingPicture.tsx'

/** Facts → finding → actions → effects, seen from the finding. */
export function FindingChain({ of: { finding, trend, comparison, cases } }: { of: Case }) {
  const { t, language, format } = useLanguage()
  const query = useRead(readChain, { params: { id: finding.id } })
  const fact = (id: string, name: string, evidence: Evidence | null): ChainItem[] =>
    evidence
      ? [{ id, name, to: `/questions/${evidence.question}`, also: { with: JSON.stringify(evidence.parameters) } }]
      : []
  const facts =
    finding.direction === 'missing'
      ? fact('coverage', t(texts.factsCoverage), trend)
      : [
          ...fact('trend', t(texts.factsTrend), trend),
          ...fact('peers', t(texts.factsPeers), comparison),
          ...fact('cases', t(texts.factsCases), cases),
        ]
  return (
    <Answer query={query} skeleton={<Loading rows={6} />}>
      {({ actions, effects }) => (
        <Chain
          name={t(texts.chain)}
          steps={[
            { id: 'facts', name: t(texts.chain_facts), none: '', items: facts },
            {
              id: 'finding',
              name: t(texts.chain_finding),
              none: '',
              items: [
                {
                  id: finding.id,
                  here: true,
                  name: `${(finding.touchpointName ?? finding.unitName)[language]} · ${finding.metricName[language]}`,
                  note: t(texts[`state_${finding.state}`]),
                },
              ],
            },
            {
              id: 'actions',
              name: t(texts.chain_actions),
              none: t(texts.noActions),
              items: actions.map((action) => ({
                id: action.id,
                name: action.title,
                to: `/actions/${action.id}`,
                note: [
                  t(texts[`action_${action.state}`]),
                  action.state === 'running' ? t(texts.judgedOn, { day: format.day(action.analysisOn) }) : '',
                ]
                  .filter(Boolean)
                  .join(' · '),
              })),
            },
            {
              id: 'effects',
              name: t(texts.chain_effects),
              none: t(texts.noEffects),
              items: effects.map((effect) => ({
                id: effect.id,
                name: `${effect.metricName[language]} ${writeIn(effect.metricUnit, effect.estimate, format, true)}`,
                to: `/effects/${effect.id}`,
                note: `${t(texts[`verdict_${effect.verdict}`])} · ${t(texts.grade, { grade: effect.grade })}`,
              })),
            },
          ]}
        />
      )}
    </Answer>
  )
}
