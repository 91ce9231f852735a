/** Letters of a Chinese name: the full pinyin and its initials, so that "sjyh" finds 手机银行. */
export interface Letters {
  full: string
  initials: string
}

type Spell = (text: string) => Letters

let loading: Promise<Spell> | undefined

/**
 * Fetched when the first search begins: the dictionary is larger than the rest of the page. `readings` says how words
 * of the trade are read where the dictionary errs.
 */
export function loadPinyin(readings: Record<string, string> = {}): Promise<Spell> {
  loading ??= import('pinyin-pro').then(({ customPinyin, pinyin }) => {
    customPinyin(readings)
    const known = new Map<string, Letters>()
    return (text) => {
      const had = known.get(text)
      if (had) return had
      const parts = pinyin(text, { toneType: 'none', type: 'array', nonZh: 'consecutive' })
      const letters = {
        full: parts.join('').toLowerCase(),
        initials: parts
          .map((part) => part[0] ?? '')
          .join('')
          .toLowerCase(),
      }
      known.set(text, letters)
      return letters
    }
  })
  return loading
}
