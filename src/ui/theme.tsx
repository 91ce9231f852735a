import { App, ConfigProvider, theme as antd } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import type { ReactNode } from 'react'
import { usePreferences } from './preferences.tsx'
import { palettes } from './tokens.ts'

const fonts =
  "-apple-system, 'Segoe UI', 'Inter', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"

const stillness = matchMedia('(prefers-reduced-motion: reduce)')

/** Ant Design dressed in our palette, with its own words in the reader's language. */
export function Theme({ children }: { children: ReactNode }) {
  const { mode, largeText, language } = usePreferences()
  const palette = palettes[mode]
  return (
    <ConfigProvider
      locale={language === 'zh' ? zhCN : enUS}
      button={{ autoInsertSpace: false }}
      theme={{
        algorithm: mode === 'dark' ? antd.darkAlgorithm : antd.defaultAlgorithm,
        token: {
          fontFamily: fonts,
          fontSize: largeText ? 18 : 14,
          controlHeight: largeText ? 40 : 32,
          borderRadius: 6,
          colorPrimary: palette.accent,
          colorLink: palette.accent,
          colorInfo: palette.accent,
          colorSuccess: palette.better,
          colorError: palette.worse,
          colorWarning: palette.amber,
          colorText: palette.text,
          colorTextSecondary: palette.quiet,
          colorTextTertiary: palette.quiet,
          colorTextDescription: palette.quiet,
          colorTextPlaceholder: palette.quiet,
          colorBgBase: palette.surface,
          colorBgContainer: palette.surface,
          colorBgElevated: palette.surface,
          colorBgLayout: palette.page,
          colorBorder: palette.line,
          colorBorderSecondary: palette.line,
          // A motion of no length never ends for what waits for its end: the components must know that there is none.
          motion: !stillness.matches,
          motionDurationFast: '0.06s',
          motionDurationMid: '0.1s',
          motionDurationSlow: '0.14s',
          wireframe: false,
        },
        components: {
          Button: {
            primaryColor: palette.onAccent,
            primaryShadow: 'none',
            defaultShadow: 'none',
            dangerShadow: 'none',
          },
          Segmented: { itemSelectedColor: palette.accent },
          Tooltip: { colorBgSpotlight: '#22262e' },
        },
      }}
    >
      <App component={false}>{children}</App>
    </ConfigProvider>
  )
}
