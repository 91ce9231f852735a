import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import type { Case } from './FindingPicture.tsx'
import { usePeople } from './usePeople.ts'

/** Who decided what, when and why; what was taken back is struck through. */
export function History({ entries }: { entries: Case['history'] }) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const { nameOf } = usePeople()
  const say = (prefix: string, code: string) => {
    const key = `${prefix}_${code}`
    return key in texts ? t(texts[key as keyof typeof texts]) : code
  }
  return (
    <Section title={t(texts.history)}>
      {entries.length === 0 ? (
        <p className="zy-quiet">{t(texts.noHistory)}</p>
      ) : (
        <ol className="zy-events" reversed>
          {entries.toReversed().map((entry) => (
            <li key={entry.id} className={entry.undone ? 'zy-event-undone' : undefined}>
              <span>
                {say('event', entry.event)}
                {entry.reason ? `：${say('reason', entry.reason)}` : ''}
              </span>
              {entry.undone ? <small> · {t(texts.undone)}</small> : null}
              {entry.note ? <p>{entry.note}</p> : null}
              <p>
                <small>
                  {t(texts.decidedBy, { name: nameOf(entry.actor), at: format.instant(entry.at, timeZone) })}
                </small>
              </p>
            </li>
          ))}
        </ol>
      )}
    </Section>
  )
}
