import { useEffect } from 'react'

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** Runs on a key: '/' or 'g' when the reader is not typing, 'mod+k' always (Ctrl, or Command on a Mac). */
export function useShortcut(keys: readonly string[], run: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return
      const modified = event.ctrlKey || event.metaKey
      const pressed = modified ? `mod+${event.key.toLowerCase()}` : event.key
      if (!keys.includes(pressed) || (!modified && (typing(event.target) || event.altKey))) return
      event.preventDefault()
      run()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [keys, run])
}
