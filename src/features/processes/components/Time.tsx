import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'

/** A time as a person says it; marked where it rests on fewer than ten. */
export function Time({ seconds, times }: { seconds: number | null; times: 'ok' | 'few' | 'none' }) {
  const { t, format } = useLanguage()
  if (seconds === null || times === 'none') return '—'
  if (times === 'ok') return format.seconds(seconds)
  return (
    <span className="zy-few">
      {format.seconds(seconds)}
      <abbr className="zy-few-mark" title={t(texts.fewTimes)}>
        ◔
      </abbr>
    </span>
  )
}
