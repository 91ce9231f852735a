import { useParams } from '@tanstack/react-router'
import { Answer } from '#ui/Answer.tsx'
import { faultOf, useRead, useWrite } from '#ui/api.tsx'
import { Case } from '#ui/Case.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading, Problem } from '#ui/states.tsx'
import { useTold } from '#ui/told.tsx'
import { writeIn } from '#ui/written.ts'
import { ActionHistory } from '../components/ActionHistory.tsx'
import { ActionSteps } from '../components/ActionSteps.tsx'
import { type Draft, draftOf, planOf } from '../components/draft.ts'
import { EffectFacts, Reasons, Verdict } from '../components/EffectParts.tsx'
import { ImprovementChain } from '../components/ImprovementChain.tsx'
import { PlanForm } from '../components/PlanForm.tsx'
import { Registration } from '../components/Registration.tsx'
import { RunningChart } from '../components/RunningChart.tsx'
import { type OpenedAction, stale } from '../components/shown.ts'
import { useMetrics } from '../components/useMetrics.ts'
import { waitingWords } from '../components/waiting.ts'
import { changeAction, readAction } from '../contract.ts'
import { texts } from '../texts.ts'

/** One action: what was registered, how it runs, whether it helped. */
export default function Action() {
  const { t } = useLanguage()
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useRead(readAction, { params: { id } })
  return (
    <Answer
      query={query}
      skeleton={
        <Page title={t(texts.action)}>
          <Loading rows={14} />
        </Page>
      }
    >
      {(opened) => <Opened key={opened.action.id} of={opened} />}
    </Answer>
  )
}

function Opened({ of: opened }: { of: OpenedAction }) {
  const { t, format } = useLanguage()
  const { permissions } = useReader()
  const { action, effects } = opened
  const judged = effects.findLast(({ kind }) => kind === 'primary')
  const editable = action.state === 'planned' && permissions.has('actions.write')
  const waiting = waitingWords(action, t, format)
  const begun = !['planned', 'locked', 'cancelled'].includes(action.state)
  return (
    <Page
      title={action.title}
      sentence={useSentence(opened)}
      actions={<PageLink to="/actions">{t(texts.actions)}</PageLink>}
    >
      <Case
        chain={<ImprovementChain finding={opened.finding} action={action} effects={effects} here={action.id} />}
        side={
          <>
            <ActionSteps of={opened} />
            <ActionHistory entries={opened.history} />
          </>
        }
      >
        {judged ? (
          <>
            <Verdict effect={judged} />
            <EffectFacts effect={judged} />
          </>
        ) : null}
        {waiting ? <p className="zy-notice">{waiting}</p> : null}
        {action.description && !editable ? <p>{action.description}</p> : null}
        {begun ? <RunningChart action={action} /> : null}
        {judged ? <Reasons effect={judged} /> : null}
        <Registration action={action} />
        {editable ? <Edit of={opened} /> : null}
      </Case>
    </Page>
  )
}

/** Where it stands, in one sentence. */
function useSentence({ action, effects }: OpenedAction): string {
  const { t, language, format } = useLanguage()
  const effect = effects.findLast(({ kind }) => kind === 'primary')
  const write = (value: number | null) => writeIn(action.metricUnit, value, format, true)
  const words = {
    measure: action.measureText[language],
    expected: write(action.expectedEffect),
    judged: format.day(action.analysisOn),
    progress: action.day === null ? '' : t(texts.day, { day: action.day, days: action.days }),
    reason: action.cancelledReason ?? '',
    estimate: write(effect?.estimate ?? null),
    verdict: effect ? t(texts[`verdict_${effect.verdict}`]).toLocaleLowerCase() : '',
    decision: effect?.decision ? t(texts[`decision_${effect.decision}`]).toLocaleLowerCase() : '',
  }
  if (action.state === 'cancelled' || !effect) return t(texts[`actionSentence_${action.state}`], words)
  return t(effect.decision ? texts.actionSentence_decided : texts.actionSentence_judged, words)
}

/** Everything can change until the lock. */
function Edit({ of: { action } }: { of: OpenedAction }) {
  const { t, language } = useLanguage()
  const { told } = useTold()
  const metrics = useMetrics()
  const change = useWrite(changeAction, stale)
  if (metrics.length === 0) return <Loading rows={8} />
  const save = (draft: Draft) => {
    const plan = planOf(draft, metrics, action.findingId)
    if (!plan) return
    const { findingId: _, unitId: __, ...changed } = plan
    change.mutate(
      { params: { id: action.id }, body: { ...changed, revision: action.revision } },
      { onSuccess: () => told(t(texts.saved)) },
    )
  }
  return (
    <Section title={t(texts.change)}>
      <PlanForm
        key={action.revision}
        initial={draftOf(action, metrics)}
        submit={t(texts.save)}
        pending={change.isPending}
        onSubmit={save}
        fixedUnit
        head={change.isError ? <Problem kind="write" fault={faultOf(change.error, language)} /> : null}
      />
    </Section>
  )
}
