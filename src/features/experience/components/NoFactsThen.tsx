import { Alert, Button } from 'antd'
import { openingPeriod } from '#lib/period.ts'
import { useAddress } from '#ui/address.ts'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'

/** Where all facts are older than the days looked at: says so, and leads there. */
export function NoFactsThen({ from }: { from: string }) {
  const { t, format } = useLanguage()
  const { today, newestDay } = useReader()
  const { set } = useAddress()
  if (newestDay === null || newestDay >= from) return null
  return (
    <Alert
      type="info"
      showIcon
      className="zy-no-facts"
      title={t(texts.noFactsThen, { day: format.day(newestDay) })}
      action={
        <Button size="small" onClick={() => set({ ...openingPeriod(today, newestDay) })}>
          {t(texts.goThere)}
        </Button>
      }
    />
  )
}
