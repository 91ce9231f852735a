import { readFinding } from '#features/findings/contract.ts'
import { addDays } from '#lib/time.ts'
import { useAddress, useGo } from '#ui/address.ts'
import { faultOf, useRead, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading, Problem } from '#ui/states.tsx'
import { useTold } from '#ui/told.tsx'
import { type Draft, draftOf, entered, planOf } from '../components/draft.ts'
import { PlanForm } from '../components/PlanForm.tsx'
import { stale } from '../components/shown.ts'
import { useMetrics } from '../components/useMetrics.ts'
import { createAction, readAction } from '../contract.ts'
import { texts } from '../texts.ts'

const weeksUntilJudged = 12

/** A new action, from a finding (`?finding=`) and after one that worked elsewhere (`?like=`). */
export default function NewAction() {
  const { t, language } = useLanguage()
  const { address } = useAddress()
  const { today, id: me, permissions } = useReader()
  const go = useGo()
  const { told } = useTold()
  const metrics = useMetrics()
  const from = useRead(readFinding, { params: { id: address.finding ?? '-' } }, { enabled: Boolean(address.finding) })
  const like = useRead(readAction, { params: { id: address.like ?? '-' } }, { enabled: Boolean(address.like) })
  const create = useWrite(createAction, stale)
  const finding = from.data?.finding
  const model = like.data?.action
  const waiting = metrics.length === 0 || (address.finding && from.isPending) || (address.like && like.isPending)
  const known = metrics.find(({ id }) => id === finding?.metric)
  const startOn = addDays(today, 7)
  const initial: Partial<Draft> = {
    design: 'did',
    guards: [],
    ownerUserId: permissions.has('actions.write') ? me : null,
    startOn,
    analysisOn: addDays(startOn, weeksUntilJudged * 7),
    dueOn: addDays(startOn, weeksUntilJudged * 7),
    ...(model ? copied(draftOf(model, metrics)) : {}),
    ...(finding
      ? {
          unitId: finding.unitId,
          unitIds: [finding.unitId],
          touchpointId: finding.touchpointId,
          ...(known ? { metric: known.id } : {}),
          // What was lost is the most that can be hoped for; a copied action has its own hope.
          ...(known && finding.difference !== null && !model
            ? { size: rounded(entered(known.unit, finding.difference)) }
            : {}),
        }
      : {}),
  }
  const save = (draft: Draft) => {
    const plan = planOf(draft, metrics, finding?.id ?? null)
    if (!plan) return
    create.mutate(
      { body: plan },
      {
        onSuccess: (action) => {
          told(t(texts.created))
          go(`/actions/${action.id}`)
        },
      },
    )
  }
  return (
    <Page
      title={t(texts.newAction)}
      sentence={t(texts.createSentence)}
      actions={<PageLink to="/actions">{t(texts.actions)}</PageLink>}
    >
      {from.isError ? <Problem fault={faultOf(from.error, language)} onRetry={() => void from.refetch()} /> : null}
      {waiting ? (
        <Loading rows={12} />
      ) : (
        <PlanForm
          key={`${address.finding} ${address.like}`}
          initial={initial}
          follow={!model}
          submit={t(texts.create)}
          pending={create.isPending}
          onSubmit={save}
          head={
            <>
              {create.isError ? <Problem kind="write" fault={faultOf(create.error, language)} /> : null}
              {finding ? (
                <p className="zy-notice">
                  {t(texts.fromFinding)}
                  <PageLink to={`/findings/${finding.id}`}>{finding.title[language]}</PageLink>
                  {model ? ` · ${t(texts.like, { title: model.title })}` : null}
                </p>
              ) : null}
            </>
          }
        />
      )}
    </Page>
  )
}

/** What is worth taking from an action that worked: what was done and how it was measured, not who and when. */
const copied = ({ title, description, metric, touchpointId, size, guards, design }: Draft): Partial<Draft> => ({
  title,
  design,
  metric,
  size,
  ...(description ? { description } : {}),
  ...(touchpointId ? { touchpointId } : {}),
  ...(guards ? { guards } : {}),
})

const rounded = (value: number): number => Number(value.toPrecision(2))
