import { Link } from '@tanstack/react-router'
import { type Address, keep } from '#ui/address.ts'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { navigation } from './nav.ts'
import { texts } from './texts.ts'

/** The pages under their verbs; unit and period go along. */
export function Nav({ onGo }: { onGo?: () => void }) {
  const { t } = useLanguage()
  const reader = useReader()
  const groups = navigation
    .map((group) => ({ ...group, pages: group.pages.filter((page) => reader.permissions.has(page.permission)) }))
    .filter((group) => group.pages.length > 0)
  return (
    <nav className="zy-nav" aria-label={t(texts.navigation)}>
      {groups.map((group) => (
        <div key={group.id}>
          <h2 id={`nav-${group.id}`}>
            {t(group.name)}
            {group.what ? <small>{t(group.what)}</small> : null}
          </h2>
          <ul aria-labelledby={`nav-${group.id}`}>
            {group.pages.map((page) => (
              <li key={page.path}>
                <Link
                  to={page.path}
                  search={((before: Address) => keep(before)) as never}
                  activeOptions={{ exact: page.path === '/', includeSearch: false }}
                  activeProps={{ className: 'zy-nav-here' }}
                  {...(onGo ? { onClick: onGo } : {})}
                >
                  {t(page.name)}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}
