import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import type { Language } from '#lib/text.ts'
import { cssVariables, type Mode, palettes } from './tokens.ts'

export type ThemeChoice = Mode | 'system'

export interface Preferences {
  language: Language
  theme: ThemeChoice
  /** The mode in force once `system` is resolved. */
  mode: Mode
  largeText: boolean
  set(change: Partial<{ language: Language; theme: ThemeChoice; largeText: boolean }>): void
}

const key = 'zhiyin.preferences'
const Context = createContext<Preferences | undefined>(undefined)

interface Stored {
  language: Language
  theme: ThemeChoice
  largeText: boolean
}

function read(): Stored {
  const fallback: Stored = {
    language: navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
    theme: 'system',
    largeText: false,
  }
  try {
    return { ...fallback, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Stored>) }
  } catch {
    return fallback
  }
}

/** Language, theme and text size: chosen here, kept on this device, in force without a reload. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [stored, setStored] = useState(read)
  const [systemDark, setSystemDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const follow = () => setSystemDark(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  const mode: Mode = stored.theme === 'system' ? (systemDark ? 'dark' : 'light') : stored.theme
  useEffect(() => {
    const root = document.documentElement
    root.lang = stored.language === 'zh' ? 'zh-CN' : 'en'
    root.dataset.theme = mode
    root.dataset.text = stored.largeText ? 'large' : 'normal'
    for (const [name, value] of Object.entries(cssVariables(palettes[mode]))) root.style.setProperty(name, value)
  }, [stored.language, stored.largeText, mode])
  const set = useCallback<Preferences['set']>((change) => {
    setStored((before) => {
      const after = { ...before, ...change }
      localStorage.setItem(key, JSON.stringify(after))
      return after
    })
  }, [])
  const value = useMemo(() => ({ ...stored, mode, set }), [stored, mode, set])
  return <Context value={value}>{children}</Context>
}

export function usePreferences(): Preferences {
  const value = useContext(Context)
  if (!value) throw new Error('usePreferences outside PreferencesProvider')
  return value
}
