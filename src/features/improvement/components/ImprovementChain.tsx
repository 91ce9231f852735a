import type { z } from 'zod'
import type { finding } from '#features/findings/contract.ts'
import { Chain, type ChainItem } from '#ui/Chain.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { writeIn } from '#ui/written.ts'
import { texts } from '../texts.ts'
import type { Action, Effect } from './shown.ts'

interface ImprovementChainProps {
  finding: z.infer<typeof finding> | null
  action: Action
  effects: readonly Effect[]
  /** The id of where the reader stands. */
  here: string
}

/** Facts → finding → action → effects, seen from the action or from one of its effects. */
export function ImprovementChain({ finding, action, effects, here }: ImprovementChainProps) {
  const { t, language, format } = useLanguage()
  const facts: ChainItem = {
    id: 'facts',
    name: t(texts.weekly),
    note: action.measureText[language],
    to: '/questions/findings.cell',
    also: {
      with: JSON.stringify({
        metric: action.measure.metric,
        touchpoint: action.measure.touchpointId,
        unit: action.measure.unitIds[0],
        from: action.startOn,
        to: action.analysisOn,
      }),
    },
  }
  return (
    <Chain
      name={t(texts.chain)}
      steps={[
        { id: 'facts', name: t(texts.chain_facts), none: '', items: [facts] },
        {
          id: 'finding',
          name: t(texts.chain_finding),
          none: t(texts.noFinding),
          items: finding
            ? [
                {
                  id: finding.id,
                  to: `/findings/${finding.id}`,
                  name: `${(finding.touchpointName ?? finding.unitName)[language]} · ${finding.metricName[language]}`,
                },
              ]
            : [],
        },
        {
          id: 'action',
          name: t(texts.chain_actions),
          none: '',
          items: [
            {
              id: action.id,
              here: here === action.id,
              to: `/actions/${action.id}`,
              name: action.title,
              note: t(texts[`state_${action.state}`]),
            },
          ],
        },
        {
          id: 'effects',
          name: t(texts.chain_effects),
          none: t(texts.noEffects, { day: format.day(action.analysisOn) }),
          items: effects.map((effect) => ({
            id: effect.id,
            here: here === effect.id,
            to: `/effects/${effect.id}`,
            name: `${t(texts[`kind_${effect.kind}`])} ${writeIn(effect.metricUnit, effect.estimate, format, true)}`,
            note: `${t(texts[`verdict_${effect.verdict}`])} · ${t(texts.gradeIs, { grade: effect.grade })}`,
          })),
        },
      ]}
    />
  )
}
