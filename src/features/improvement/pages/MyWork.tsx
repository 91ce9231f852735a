import { Button, Dropdown } from 'antd'
import type { ReactNode } from 'react'
import { addDays } from '#lib/time.ts'
import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { useTold } from '#ui/told.tsx'
import { writeIn } from '#ui/written.ts'
import { GradeMark } from '../components/GradeMark.tsx'
import type { Action } from '../components/shown.ts'
import { waitingWords } from '../components/waiting.ts'
import { markDone, readMyWork, snooze } from '../contract.ts'
import { texts } from '../texts.ts'
import '../components/improvement.css'

type Work = AnswerOf<typeof readMyWork>

/** 我的工作: what waits for the reader, the most pressing first. */
export default function MyWork() {
  const { t } = useLanguage()
  const query = useRead(readMyWork, {})
  const work = query.data
  const count = work
    ? work.overdue.length + work.due.length + work.findings.length + work.effects.length + work.reminders.length
    : 0
  const sentence = !work
    ? ' '
    : count === 0
      ? t(texts.workNone)
      : t(texts.workSentence, {
          count,
          overdue: work.overdue.length,
          due: work.due.length,
          findings: work.findings.length,
          effects: work.effects.length,
        })
  return (
    <Page title={t(texts.work)} sentence={sentence}>
      <Answer query={query} skeleton={<Loading rows={10} />}>
        {(found) =>
          count + found.actions.length === 0 ? (
            <Empty title={t(texts.workEmpty)} action={<PageLink to="/findings">{t(texts.toFindings)}</PageLink>}>
              {t(texts.workEmptyWhy)}
            </Empty>
          ) : (
            <>
              <Reminders work={found} />
              <Assigned title={t(texts.overdue)} actions={found.overdue} />
              <Assigned title={t(texts.dueSoon)} actions={found.due} />
              <Effects work={found} />
              <Findings work={found} />
              <Assigned title={t(texts.mine)} actions={found.actions} />
            </>
          )
        }
      </Answer>
    </Page>
  )
}

function Line({ children, buttons }: { children: ReactNode; buttons?: ReactNode }) {
  return (
    <li>
      <div className="zy-work-words">{children}</div>
      {buttons ? <div className="zy-work-buttons">{buttons}</div> : null}
    </li>
  )
}

/** Why its effect is not judged yet. */
function Waiting({ action }: { action: Action }) {
  const { t, format } = useLanguage()
  const words = waitingWords(action, t, format)
  return words === null ? null : <p className="zy-quiet">{words}</p>
}

function Assigned({ title, actions }: { title: string; actions: readonly Action[] }) {
  const { t, language, format } = useLanguage()
  if (actions.length === 0) return null
  return (
    <Section title={`${title} · ${actions.length}`}>
      <ul className="zy-work">
        {actions.map((action) => (
          <Line key={action.id}>
            <PageLink to={`/actions/${action.id}`}>{action.title}</PageLink>
            <p className="zy-quiet">
              {t(texts[`state_${action.state}`])} · {action.unitName[language]} · {t(texts.due)}{' '}
              <span className={action.overdue ? 'zy-overdue' : undefined}>{format.day(action.dueOn)}</span> ·{' '}
              {t(texts.judged)} {format.day(action.analysisOn)}
            </p>
            <Waiting action={action} />
          </Line>
        ))}
      </ul>
    </Section>
  )
}

function Findings({ work }: { work: Work }) {
  const { t, language, format } = useLanguage()
  const { permissions } = useReader()
  if (work.findings.length === 0) return null
  return (
    <Section title={`${t(texts.toDecideFindings)} · ${work.findings.length}`}>
      <ul className="zy-work">
        {work.findings.map((finding) => (
          <Line
            key={finding.id}
            buttons={
              finding.state === 'accepted' && permissions.has('actions.write') ? (
                <PageLink to="/actions/new" also={{ finding: finding.id }}>
                  {t(texts.plan)}
                </PageLink>
              ) : null
            }
          >
            <PageLink to={`/findings/${finding.id}`}>{finding.title[language]}</PageLink>
            <p className="zy-quiet">
              {t(finding.state === 'accepted' ? texts.assigned : texts.fresh)}
              {finding.customersAffected > 0
                ? ` · ${t(texts.affected, { count: format.number(finding.customersAffected) })}`
                : ''}
            </p>
          </Line>
        ))}
      </ul>
    </Section>
  )
}

function Effects({ work }: { work: Work }) {
  const { t, language, format } = useLanguage()
  if (work.effects.length === 0) return null
  return (
    <Section title={`${t(texts.toDecideEffects)} · ${work.effects.length}`}>
      <ul className="zy-work">
        {work.effects.map((effect) => (
          <Line key={effect.id}>
            <GradeMark effect={effect} /> <PageLink to={`/effects/${effect.id}`}>{effect.actionTitle}</PageLink>
            <p className="zy-quiet">
              {t(texts[`verdict_${effect.verdict}`])} · {effect.metricName[language]}{' '}
              {writeIn(effect.metricUnit, effect.estimate, format, true)} · {effect.unitName[language]}
            </p>
          </Line>
        ))}
      </ul>
    </Section>
  )
}

const paths = { action: 'actions', finding: 'findings', effect: 'effects' } as const
const snoozes = [1, 3, 7] as const

function Reminders({ work }: { work: Work }) {
  const { t, language, format } = useLanguage()
  const { told, failed } = useTold()
  const done = useWrite(markDone, ['work'])
  const later = useWrite(snooze, ['work'])
  if (work.reminders.length === 0) return null
  const titleOf = (kind: keyof typeof paths, id: string): string => {
    if (kind === 'finding') return work.findings.find((one) => one.id === id)?.title[language] ?? ''
    if (kind === 'effect') return work.effects.find((one) => one.id === id)?.actionTitle ?? ''
    return [...work.overdue, ...work.due, ...work.actions].find((one) => one.id === id)?.title ?? ''
  }
  return (
    <Section title={`${t(texts.reminders)} · ${work.reminders.length}`}>
      <ul className="zy-work">
        {work.reminders.map((reminder) => {
          const params = { id: reminder.id }
          const about = titleOf(reminder.objectKind, reminder.objectId)
          return (
            <Line
              key={reminder.id}
              buttons={
                <>
                  <Button
                    size="small"
                    loading={done.isPending}
                    onClick={() =>
                      done.mutate({ params, body: {} }, { onSuccess: () => told(t(texts.doneSaid)), onError: failed })
                    }
                  >
                    {t(texts.done)}
                  </Button>
                  <Dropdown
                    trigger={['click']}
                    menu={{
                      items: snoozes.map((days) => ({ key: String(days), label: t(texts[`snooze_${days}`]) })),
                      onClick: ({ key }) => {
                        const until = addDays(work.today, Number(key))
                        later.mutate(
                          { params, body: { until } },
                          { onSuccess: () => told(t(texts.snoozed, { day: format.day(until) })), onError: failed },
                        )
                      },
                    }}
                  >
                    <Button size="small" type="text">
                      {t(texts.snooze)}
                    </Button>
                  </Dropdown>
                </>
              }
            >
              <PageLink to={`/${paths[reminder.objectKind]}/${reminder.objectId}`}>
                {reminder.text[language]}
                {about ? ` · ${about}` : ''}
              </PageLink>
              {reminder.dueOn ? (
                <p className="zy-quiet">
                  {t(texts.due)} {format.day(reminder.dueOn)}
                </p>
              ) : null}
            </Line>
          )
        })}
      </ul>
    </Section>
  )
}
