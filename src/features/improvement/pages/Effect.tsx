import { useParams } from '@tanstack/react-router'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { Case } from '#ui/Case.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { writeIn, writeSpan } from '#ui/written.ts'
import { EffectDecision } from '../components/EffectDecision.tsx'
import { EffectFacts, Guards, Leads, Reasons, Verdict } from '../components/EffectParts.tsx'
import { EffectScale, EffectSeries } from '../components/EffectPicture.tsx'
import { ImprovementChain } from '../components/ImprovementChain.tsx'
import { Registration } from '../components/Registration.tsx'
import { readAction, readEffect } from '../contract.ts'
import { texts } from '../texts.ts'

/** One effect: did it help, how sure, what else it did, what was decided. */
export default function Effect() {
  const { t, language, format } = useLanguage()
  const { timeZone } = useReader()
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useRead(readEffect, { params: { id } })
  const actionId = query.data?.action.id
  const siblings = useRead(readAction, { params: { id: actionId ?? '-' } }, { enabled: actionId !== undefined })
  return (
    <Answer
      query={query}
      skeleton={
        <Page title={t(texts.effect)}>
          <Loading rows={14} />
        </Page>
      }
    >
      {({ effect, action, finding }) => (
        <Page
          title={`${t(texts.effect)} · ${t(texts[`kind_${effect.kind}`])}`}
          sentence={t(texts.effectSentence, {
            title: effect.actionTitle,
            metric: effect.metricName[language],
            estimate: writeIn(effect.metricUnit, effect.estimate, format, true),
            interval: effect.low === null ? '' : ` ${writeSpan(effect.metricUnit, effect.low, effect.high, format)}`,
            verdict: t(texts[`verdict_${effect.verdict}`]).toLocaleLowerCase(),
            grade: effect.grade,
            why: t(texts[`verdictWhy_${effect.verdict}`]),
          })}
          actions={<PageLink to="/effects">{t(texts.effects)}</PageLink>}
        >
          <Case
            chain={
              <ImprovementChain
                finding={finding}
                action={action}
                effects={siblings.data?.effects ?? [effect]}
                here={effect.id}
              />
            }
            side={
              <>
                <EffectDecision key={effect.id} effect={effect} />
                <p className="zy-quiet">
                  {t(texts.judgedAt)} {format.instant(effect.estimatedAt, timeZone)}
                </p>
              </>
            }
          >
            <Verdict effect={effect} />
            <EffectFacts effect={effect} />
            <EffectScale effect={effect} />
            <EffectSeries effect={effect} startOn={action.startedOn ?? action.startOn} />
            <Leads effect={effect} startOn={action.startedOn ?? action.startOn} />
            <Reasons effect={effect} />
            <Guards effect={effect} />
            <Registration action={action} />
          </Case>
        </Page>
      )}
    </Answer>
  )
}
