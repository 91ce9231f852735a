import { Outlet, useRouterState } from '@tanstack/react-router'
import { Drawer } from 'antd'
import { useEffect, useState } from 'react'
import { Freshness } from '#features/system/components/Freshness.tsx'
import { openingPeriod } from '#lib/period.ts'
import { useAddress } from '#ui/address.ts'
import { useLanguage } from '#ui/i18n.ts'
import { useShortcut } from '#ui/keyboard.ts'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts as kit } from '#ui/texts.ts'
import { Nav } from './Nav.tsx'
import { Search } from './Search.tsx'
import { useSignOut } from './session.tsx'
import { TopBar } from './TopBar.tsx'
import { texts } from './texts.ts'
import './shell.css'

const searchKeys = ['/', 'mod+k']

/** The frame around every page: verbs at the left, where and when at the top, the notice of a demonstration above all. */
export function Shell() {
  const { t } = useLanguage()
  const reader = useReader()
  const { address, set } = useAddress()
  const [menu, setMenu] = useState(false)
  const [searching, setSearching] = useState(false)
  const signOut = useSignOut()
  const path = useRouterState({ select: (state) => state.location.pathname })
  useShortcut(searchKeys, () => setSearching(true))
  // The address names its days, so that a link shows the same next week as today.
  useEffect(() => {
    if (!address.from || !address.to) set({ ...openingPeriod(reader.today, reader.newestDay) }, { replace: true })
  }, [address.from, address.to, reader.today, reader.newestDay, set])
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new page closes the menu
  useEffect(() => setMenu(false), [path])
  const brand = (
    <PageLink to="/" className="zy-brand">
      <img src="/icon.svg" alt="" />
      {t(texts.product)}
    </PageLink>
  )
  return (
    <>
      <a className="zy-skip" href="#content">
        {t(kit.skip)}
      </a>
      <div className="zy-shell">
        <div className="zy-side">
          {brand}
          <Nav />
        </div>
        <div style={{ minWidth: 0 }}>
          {reader.practice ? (
            <p className="zy-banner" role="note">
              {t(texts.demoBanner)}
            </p>
          ) : null}
          <TopBar onSearch={() => setSearching(true)} onMenu={() => setMenu(true)} onSignOut={signOut} />
          <main id="content" tabIndex={-1}>
            <Outlet />
          </main>
          <Freshness />
        </div>
      </div>
      <Drawer
        placement="left"
        size={270}
        open={menu}
        onClose={() => setMenu(false)}
        title={brand}
        closable={{ 'aria-label': t(texts.closeNavigation) }}
        styles={{ body: { padding: '0 8px 24px' } }}
      >
        <Nav onGo={() => setMenu(false)} />
      </Drawer>
      <Search open={searching} onClose={() => setSearching(false)} />
    </>
  )
}
