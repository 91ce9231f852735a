import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useRead, useSeen } from '#ui/api.tsx'
import { renewFigures, useOldestShown } from '#ui/figures.ts'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { freshness } from '../contract.ts'
import { texts } from '../texts.ts'

const lookEveryMs = 20_000
/** What has waited for less is on its way as it should be. */
const worthSayingMs = 15_000

/**
 * How new the figures of a page are: as of when the oldest of those that are shown were made, which may be another server's
 * than the one that is asked here. When it tells of newer facts, the figures are read again.
 */
export function Freshness() {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const queries = useQueryClient()
  const seen = useSeen()
  const { data, dataUpdatedAt } = useRead(freshness, {}, { every: lookEveryMs, onReturn: true })
  const here = data?.warehouse === 'here'
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each look, also one that says the same
  useEffect(() => {
    if (here) void renewFigures(queries, seen.version)
  }, [dataUpdatedAt, here, queries, seen])
  const shown = useOldestShown()
  if (!data) return null
  const at = (instant: string) => format.instant(instant, timeZone)
  const changedAt = shown === undefined ? data.changedAt : shown
  const parts = [changedAt ? t(texts.changedAt, { at: at(changedAt) }) : t(texts.noFacts)]
  if (data.waitingSince && Date.now() - Date.parse(data.waitingSince) > worthSayingMs)
    parts.push(t(texts.waiting, { at: at(data.waitingSince) }))
  return (
    <footer className="zy-fresh zy-quiet">
      <span>{parts.join(' · ')}</span>
      {data.warehouse === 'away' ? <strong role="status">{t(texts.away)}</strong> : null}
    </footer>
  )
}
