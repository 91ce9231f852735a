import { Progress } from 'antd'
import { listActions, listEffects } from '#features/improvement/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { texts } from '../texts.ts'
import { writtenOf } from './written.ts'

/** Actions that run, with their day, owner and the day of judgement; effects that were proved, with interval and grade. */
export function ActAndVerify({ unit }: { unit?: string | undefined }) {
  const { t } = useLanguage()
  return (
    <>
      <Section title={t(texts.running)}>
        <Running unit={unit} />
      </Section>
      <Section title={t(texts.proved)}>
        <Proved unit={unit} />
      </Section>
    </>
  )
}

function Running({ unit }: { unit: string | undefined }) {
  const { t, format, language } = useLanguage()
  const query = useRead(listActions, { query: { state: 'running', limit: 5, ...(unit ? { unit } : {}) } })
  return (
    <Answer query={query} skeleton={<Loading rows={3} />}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t(texts.noRunning)} />
        ) : (
          <ul className="zy-lines">
            {items.map((action) => (
              <li key={action.id}>
                <PageLink to={`/actions/${action.id}`}>{action.title}</PageLink>
                <p className="zy-quiet">
                  {[
                    action.unitName[language],
                    action.ownerName,
                    action.day === null ? null : t(texts.dayOf, { day: action.day, days: action.days }),
                    t(texts.judgedOn, { day: format.day(action.analysisOn) }),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </p>
                {action.day === null ? null : (
                  <Progress
                    size="small"
                    showInfo={false}
                    aria-label={t(texts.dayOf, { day: action.day, days: action.days })}
                    percent={Math.min(100, (100 * action.day) / Math.max(1, action.days))}
                  />
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Answer>
  )
}

function Proved({ unit }: { unit: string | undefined }) {
  const { t, format, language } = useLanguage()
  const query = useRead(listEffects, { query: { verdict: 'proved', limit: 5, ...(unit ? { unit } : {}) } })
  return (
    <Answer query={query} skeleton={<Loading rows={3} />}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t(texts.noProved)}>{t(texts.noProvedWhy)}</Empty>
        ) : (
          <ul className="zy-lines">
            {items.map((effect) => {
              const { style, digits } = writtenOf(effect.metric)
              const write = (value: number | null) =>
                format.value(value, style, { signed: true, ...(digits === undefined ? {} : { digits }) })
              return (
                <li key={effect.id}>
                  <PageLink to={`/effects/${effect.id}`}>{effect.actionTitle}</PageLink>
                  <p className="zy-quiet">
                    {effect.metricName[language]} <b className="zy-change-better">{write(effect.estimate)}</b> [
                    {write(effect.low)}, {write(effect.high)}] · {t(texts.grade, { grade: effect.grade })} · n ={' '}
                    {format.number(effect.n)} · {effect.unitName[language]}
                  </p>
                </li>
              )
            })}
          </ul>
        )
      }
    </Answer>
  )
}
