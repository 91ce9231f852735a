import { useLanguage } from '#ui/i18n.ts'
import { PageLink } from '#ui/PageLink.tsx'
import { Empty } from '#ui/states.tsx'
import { texts } from './texts.ts'

export function NotFound() {
  const { t } = useLanguage()
  return (
    <div className="zy-page">
      <h1 className="zy-visually-hidden">{t(texts.notFound)}</h1>
      <Empty title={t(texts.notFound)} action={<PageLink to="/">{t(texts.backToOverview)}</PageLink>}>
        {t(texts.notFoundWhy)}
      </Empty>
    </div>
  )
}
