import { App, Button, Dropdown } from 'antd'
import type { z } from 'zod'
import {
  acceptFinding,
  dismissFinding,
  dismissReasons,
  type finding,
  listFindings,
  undoDecision,
} from '#features/findings/contract.ts'
import { texts as findingTexts } from '#features/findings/texts.ts'
import { Answer } from '#ui/Answer.tsx'
import { useGo } from '#ui/address.ts'
import { useRead, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { texts as kit } from '#ui/texts.ts'
import { useTold } from '#ui/told.tsx'
import { texts } from '../texts.ts'
import './hurts.css'

interface HurtsMostProps {
  unit?: string | undefined
  touchpoint?: string
  limit?: number
}

/** The open findings that matter most, each to be accepted or dismissed with a reason where the reader may. */
export function HurtsMost({ unit, touchpoint, limit = 5 }: HurtsMostProps) {
  const { t } = useLanguage()
  const query = useRead(listFindings, {
    query: { limit, ...(unit ? { unit } : {}), ...(touchpoint ? { touchpoint } : {}) },
  })
  return (
    <Answer query={query} skeleton={<Loading rows={limit} />}>
      {({ items, total }) =>
        items.length === 0 ? (
          touchpoint ? (
            <p className="zy-quiet">{t(texts.noFindingsHere)}</p>
          ) : (
            <Empty title={t(texts.noFindings)}>{t(texts.noFindingsWhy)}</Empty>
          )
        ) : (
          <>
            <ol className="zy-hurts">
              {items.map((item) => (
                <Hurt key={item.id} item={item} />
              ))}
            </ol>
            {total > items.length ? (
              <PageLink to="/findings">
                {t(texts.allFindings)} ({total})
              </PageLink>
            ) : null}
          </>
        )
      }
    </Answer>
  )
}

function Hurt({ item }: { item: z.infer<typeof finding> }) {
  const { t, language, format } = useLanguage()
  const { message } = App.useApp()
  const { failed } = useTold()
  const reader = useReader()
  const go = useGo()
  const accept = useWrite(acceptFinding, ['findings', 'overview'])
  const dismiss = useWrite(dismissFinding, ['findings', 'overview'])
  const undo = useWrite(undoDecision, ['findings', 'overview'])
  const params = { id: item.id }
  const told = (text: string) => {
    const key = `finding-${item.id}`
    const takeBack = () => {
      message.destroy(key)
      undo.mutate({ params, body: {} })
    }
    message.success({
      key,
      duration: 8,
      content: (
        <>
          {text}{' '}
          <Button size="small" type="link" onClick={takeBack}>
            {t(kit.undo)}
          </Button>
        </>
      ),
    })
  }
  const may = reader.permissions.has('findings.decide') && item.state === 'new'
  return (
    <li className={`zy-hurt zy-hurt-${item.severityLevel}`}>
      <PageLink to={`/findings/${item.id}`} className="zy-hurt-title">
        {item.title[language]}
      </PageLink>
      <p className="zy-quiet">
        <span className="zy-hurt-level">{t(findingTexts[`severity_${item.severityLevel}`])}</span>
        {item.customersAffected > 0 ? ` · ${t(texts.affected, { count: format.number(item.customersAffected) })}` : ''}
        {` · ${t(texts.sure, { share: format.percent(item.confidence, { digits: 0 }) })} · n = ${format.number(item.n)} · ${t(texts.since, { month: item.firstPeriod })}`}
      </p>
      {may ? (
        <p className="zy-hurt-buttons">
          <Button
            size="small"
            loading={accept.isPending}
            onClick={() =>
              accept.mutate(
                { params, body: { revision: item.revision } },
                { onSuccess: () => told(t(texts.acceptedDone)), onError: failed },
              )
            }
          >
            {t(texts.accept)}
          </Button>
          <Dropdown
            trigger={['click']}
            menu={{
              items: dismissReasons.map((reason) => ({ key: reason, label: t(findingTexts[`reason_${reason}`]) })),
              onClick: ({ key }) => {
                const reason = key as (typeof dismissReasons)[number]
                // "Another reason" needs words: they are written on the finding's own page.
                if (reason === 'other') return go(`/findings/${item.id}`, { decide: 'dismiss' })
                // Dismissed, the row leaves the list before its callbacks are called: the promise tells it.
                dismiss
                  .mutateAsync({ params, body: { reason, revision: item.revision } })
                  .then(() => told(t(texts.dismissedDone, { reason: t(findingTexts[`reason_${reason}`]) })), failed)
              },
            }}
          >
            <Button size="small" type="text" loading={dismiss.isPending}>
              {t(texts.dismiss)}
            </Button>
          </Dropdown>
        </p>
      ) : item.state === 'accepted' ? (
        <p className="zy-hurt-buttons">
          <span className="zy-hurt-accepted">✓ {t(texts.accepted)}</span>
          {reader.permissions.has('actions.write') ? (
            <PageLink to="/actions/new" also={{ finding: item.id }}>
              {t(texts.planAction)}
            </PageLink>
          ) : null}
        </p>
      ) : null}
    </li>
  )
}
