import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { freshness } from '../contract.ts'
import { texts } from '../texts.ts'

const lookEveryMs = 20_000
/** What has waited for less is on its way as it should be. */
const worthSayingMs = 15_000

/** How new the figures of a page are. */
export function Freshness() {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const { data } = useRead(freshness, {}, { every: lookEveryMs })
  if (!data) return null
  const at = (instant: string) => format.instant(instant, timeZone)
  const parts = [data.changedAt ? t(texts.changedAt, { at: at(data.changedAt) }) : t(texts.noFacts)]
  if (data.waitingSince && Date.now() - Date.parse(data.waitingSince) > worthSayingMs)
    parts.push(t(texts.waiting, { at: at(data.waitingSince) }))
  return (
    <footer className="zy-fresh zy-quiet">
      <span>{parts.join(' · ')}</span>
      {data.warehouse === 'away' ? <strong role="status">{t(texts.away)}</strong> : null}
    </footer>
  )
}
