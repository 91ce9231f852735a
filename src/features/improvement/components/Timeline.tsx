import { daysBetween } from '#lib/time.ts'
import { useLanguage } from '#ui/i18n.ts'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import type { Action } from './shown.ts'
import './improvement.css'

/** Each action from its start to its day of judgement, today across all. */
export function Timeline({ actions }: { actions: readonly Action[] }) {
  const { t, format } = useLanguage()
  const { today } = useReader()
  const startOf = (action: Action) => action.startedOn ?? action.startOn
  const days = [today, ...actions.flatMap((action) => [startOf(action), action.analysisOn])].sort()
  const first = days[0] ?? today
  const span = Math.max(1, daysBetween(first, days.at(-1) ?? today))
  const at = (day: string) => `${(100 * daysBetween(first, day)) / span}%`
  return (
    <ul className="zy-timeline">
      {actions.map((action) => (
        <li key={action.id}>
          <PageLink to={`/actions/${action.id}`}>{action.title}</PageLink>
          <div
            className="zy-timeline-track"
            role="img"
            aria-label={t(texts.timelineBar, {
              title: action.title,
              from: format.day(startOf(action)),
              to: format.day(action.analysisOn),
            })}
          >
            <span
              className={`zy-timeline-bar zy-timeline-${action.state}`}
              style={{ insetInlineStart: at(startOf(action)), insetInlineEnd: `calc(100% - ${at(action.analysisOn)})` }}
            />
            <span className="zy-timeline-day" style={{ insetInlineStart: at(action.analysisOn) }}>
              ◆
            </span>
            <span className="zy-timeline-today" style={{ insetInlineStart: at(today) }} />
          </div>
          <small className="zy-quiet">
            {format.day(startOf(action))} – {format.day(action.analysisOn)}
          </small>
        </li>
      ))}
    </ul>
  )
}
