import { readDoor } from '#features/access/contract.ts'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { texts } from './texts.ts'

/** Before and outside the frame: a demo home says on each page that it is synthetic. */
export function DemoBanner() {
  const { t } = useLanguage()
  const { data } = useRead(readDoor, {})
  return data?.practice ? (
    <p className="zy-banner" role="note">
      {t(texts.demoBanner)}
    </p>
  ) : null
}
