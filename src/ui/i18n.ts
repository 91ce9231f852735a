import { useMemo } from 'react'
import type { Language, Text } from '#lib/text.ts'
import { makeFormat } from './format.ts'
import { usePreferences } from './preferences.tsx'

/** What each language calls itself. */
export const languageNames: Record<Language, string> = { zh: '中文', en: 'English' }

export type Fill = Record<string, string | number>

/** The text in a language, with its `{placeholders}` filled; `{rows|row|rows}` is the first word where rows is 1. */
export function say(text: Text, language: Language, fill?: Fill): string {
  const words = text[language]
  if (!fill) return words
  return words.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) =>
    !(name in fill) ? whole : one === undefined ? String(fill[name]) : String(fill[name]) === '1' ? one : String(many),
  )
}

/** `t` says a text in the reader's language, `format` writes numbers and dates in it. */
export function useLanguage() {
  const { language } = usePreferences()
  return useMemo(
    () => ({ language, t: (text: Text, fill?: Fill) => say(text, language, fill), format: makeFormat(language) }),
    [language],
  )
}

/** Things named in both languages by the bank itself (`name`, `name_en`). */
export const nameIn = (
  named: { name: string; name_en?: string | null; nameEn?: string | null },
  language: Language,
): string => (language === 'en' ? named.name_en || named.nameEn || named.name : named.name)
