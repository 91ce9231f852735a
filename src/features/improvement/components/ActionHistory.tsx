import { Events } from '#ui/Case.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import type { OpenedAction } from './shown.ts'
import { usePeople } from './usePeople.ts'

/** Who did what to the action, and when. */
export function ActionHistory({ entries }: { entries: OpenedAction['history'] }) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const { nameOf } = usePeople()
  const say = (event: string) => (`event_${event}` in texts ? t(texts[`event_${event}` as 'event_create']) : event)
  return (
    <Section title={t(texts.history)}>
      <Events
        none={t(texts.noHistory)}
        events={entries.map((entry) => ({
          id: entry.id,
          what: say(entry.event),
          note: entry.note,
          by: t(texts.by, { name: nameOf(entry.actor), at: format.instant(entry.at, timeZone) }),
          undone: entry.undone ? t(texts.wasUndone) : undefined,
        }))}
      />
    </Section>
  )
}
