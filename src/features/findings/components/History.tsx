import { Events } from '#ui/Case.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import type { Case } from './FindingPicture.tsx'
import { usePeople } from './usePeople.ts'

/** Who decided what, when and why. */
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
      <Events
        none={t(texts.noHistory)}
        events={entries.map((entry) => ({
          id: entry.id,
          what: [say('event', entry.event), entry.reason ? say('reason', entry.reason) : '']
            .filter(Boolean)
            .join(' · '),
          note: entry.note,
          by: t(texts.decidedBy, { name: nameOf(entry.actor), at: format.instant(entry.at, timeZone) }),
          undone: entry.undone ? t(texts.undone) : undefined,
        }))}
      />
    </Section>
  )
}
