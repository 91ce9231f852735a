import { Input, Modal } from 'antd'
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useState } from 'react'
import { useLanguage } from './i18n.ts'
import { matchScore } from './match.ts'
import { loadPinyin } from './pinyin.ts'
import { texts } from './texts.ts'
import './palette.css'

export interface Destination {
  id: string
  /** "页面", "机构", "发现" */
  kind: string
  name: string
  /** Another name it is known by: the other language, a code. */
  also?: string | undefined
  hint?: string | undefined
  go(): void
}

interface PaletteProps {
  open: boolean
  onClose(): void
  destinations: readonly Destination[]
  /** How words of the trade are read where the dictionary errs. */
  readings?: Record<string, string>
}

/** Search over everything one can go to; Chinese names answer to their pinyin and its initials. */
export function Palette({ open, onClose, destinations, readings }: PaletteProps) {
  const { t } = useLanguage()
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const [spell, setSpell] = useState<Awaited<ReturnType<typeof loadPinyin>>>()
  const wanted = useDeferredValue(typed.trim())
  const listId = useId()
  useEffect(() => {
    if (!open) return
    setTyped('')
    setAt(0)
    void loadPinyin(readings).then((loaded) => setSpell(() => loaded))
  }, [open, readings])
  const found = useMemo(() => {
    if (!wanted) return destinations.slice(0, 14)
    return destinations
      .map((destination) => ({
        destination,
        score: Math.max(
          matchScore(wanted, destination.name, spell?.(destination.name)),
          destination.also ? matchScore(wanted, destination.also) : 0,
        ),
      }))
      .filter((candidate) => candidate.score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, 14)
      .map((candidate) => candidate.destination)
  }, [destinations, wanted, spell])
  const choose = (destination: Destination | undefined) => {
    if (!destination) return
    onClose()
    destination.go()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown') setAt((before) => Math.min(before + 1, found.length - 1))
    else if (event.key === 'ArrowUp') setAt((before) => Math.max(before - 1, 0))
    else if (event.key === 'Enter') choose(found[at])
    else return
    event.preventDefault()
  }
  return (
    <Modal
      open={open}
      onCancel={onClose}
      footer={null}
      closable={false}
      width={620}
      destroyOnHidden
      aria-label={t(texts.search)}
    >
      <Input
        autoFocus
        size="large"
        variant="borderless"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={found[at] ? `${listId}-${at}` : undefined}
        aria-label={t(texts.search)}
        placeholder={t(texts.searchPlaceholder)}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKey}
      />
      <div id={listId} role="listbox" aria-label={t(texts.search)} className="zy-palette" tabIndex={-1}>
        {found.map((destination, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above holds the focus and the keys
          <div
            key={destination.id}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className={index === at ? 'zy-palette-at' : undefined}
            onMouseMove={() => setAt(index)}
            onClick={() => choose(destination)}
          >
            <span className="zy-palette-kind">{destination.kind}</span>
            <span>{destination.name}</span>
            {destination.hint ? <span className="zy-quiet">{destination.hint}</span> : null}
          </div>
        ))}
      </div>
      {found.length === 0 ? <p className="zy-quiet">{t(texts.searchNothing)}</p> : null}
    </Modal>
  )
}
