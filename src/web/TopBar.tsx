import { BulbOutlined, FontSizeOutlined, MenuOutlined, SearchOutlined, UserOutlined } from '@ant-design/icons'
import { Button, Dropdown, Tooltip } from 'antd'
import { useGo } from '#ui/address.ts'
import { languageNames, useLanguage } from '#ui/i18n.ts'
import { type ThemeChoice, usePreferences } from '#ui/preferences.tsx'
import { useReader } from '#ui/reader.tsx'
import { PeriodPicker } from './PeriodPicker.tsx'
import { texts } from './texts.ts'
import { UnitPicker } from './UnitPicker.tsx'

interface TopBarProps {
  onSearch(): void
  onMenu(): void
  onSignOut(): void
}

/** Where, when, search; language, text size, appearance, me. Nothing else. */
export function TopBar({ onSearch, onMenu, onSignOut }: TopBarProps) {
  const { t } = useLanguage()
  const reader = useReader()
  const go = useGo()
  return (
    <header className="zy-top">
      <Button
        className="zy-narrow-only"
        type="text"
        icon={<MenuOutlined />}
        aria-label={t(texts.openNavigation)}
        onClick={onMenu}
      />
      <div className="zy-top-pickers">
        <UnitPicker />
        <div className="zy-period-place">
          <PeriodPicker />
        </div>
      </div>
      <div className="zy-top-end">
        <Button icon={<SearchOutlined />} type="text" onClick={onSearch}>
          <span className="zy-wide-text zy-quiet">
            {t(texts.search)} <span className="zy-key">/</span>
          </span>
        </Button>
        <Appearance />
        <Dropdown
          trigger={['click']}
          menu={{
            items: [
              { key: 'work', label: t(texts.myWork), onClick: () => go('/my-work') },
              { key: 'me', label: t(texts.myAccount), onClick: () => go('/me') },
              { type: 'divider' },
              { key: 'out', label: t(texts.signOut), onClick: onSignOut },
            ],
          }}
        >
          <Button type="text" icon={<UserOutlined />} aria-label={t(texts.me, { name: reader.name })}>
            <span className="zy-wide-only">{reader.name}</span>
          </Button>
        </Dropdown>
      </div>
    </header>
  )
}

/** Language, text size, theme: they also stand on the pages before sign-in. */
export function Appearance() {
  const { t, language } = useLanguage()
  const preferences = usePreferences()
  const other = language === 'zh' ? 'en' : 'zh'
  const themes: ThemeChoice[] = ['light', 'dark', 'system']
  return (
    <>
      <Button type="text" lang={other} onClick={() => preferences.set({ language: other })}>
        {languageNames[other]}
      </Button>
      <Tooltip title={t(texts.largeText)}>
        <Button
          type="text"
          className={preferences.largeText ? 'zy-pressed' : ''}
          icon={<FontSizeOutlined />}
          aria-label={t(texts.largeText)}
          aria-pressed={preferences.largeText}
          onClick={() => preferences.set({ largeText: !preferences.largeText })}
        />
      </Tooltip>
      <Dropdown
        trigger={['click']}
        menu={{
          selectedKeys: [preferences.theme],
          items: themes.map((theme) => ({ key: theme, label: t(texts[`theme_${theme as 'light'}`]) })),
          onClick: ({ key }) => preferences.set({ theme: key as ThemeChoice }),
        }}
      >
        <Button type="text" icon={<BulbOutlined />} aria-label={t(texts.theme)} />
      </Dropdown>
    </>
  )
}
