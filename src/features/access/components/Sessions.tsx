import { Button, Tag } from 'antd'
import type { AnswerOf } from '#contract/route.ts'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import type { mySessions } from '../contract.ts'
import { texts } from '../texts.ts'
import './access.css'

type Session = AnswerOf<typeof mySessions>['sessions'][number]

/** Where somebody is signed in; each to be ended where that is offered. */
export function Sessions({ sessions, onEnd }: { sessions: readonly Session[]; onEnd?: (id: string) => void }) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  if (sessions.length === 0) return <p className="zy-quiet">{t(texts.noSessions)}</p>
  return (
    <ul className="zy-rights">
      {sessions.map((session) => (
        <li key={session.id}>
          <span>
            {t(texts.sessionSince, {
              at: format.instant(session.createdAt, timeZone),
              seen: format.instant(session.lastSeenAt, timeZone),
            })}{' '}
            {session.current ? <Tag>{t(texts.sessionHere)}</Tag> : null}
          </span>
          {onEnd && !session.current ? (
            <Button size="small" onClick={() => onEnd(session.id)}>
              {t(texts.endSession)}
            </Button>
          ) : null}
        </li>
      ))}
    </ul>
  )
}
