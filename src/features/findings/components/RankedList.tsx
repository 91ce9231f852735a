import { Button } from 'antd'
import { useCallback, useRef, useState } from 'react'
import { useLanguage } from '#ui/i18n.ts'
import { useShortcut } from '#ui/keyboard.ts'
import { texts } from '../texts.ts'
import { FindingRow } from './FindingRow.tsx'
import type { Finding } from './useDecisions.ts'
import './findings.css'

interface RankedListProps {
  items: readonly Finding[]
  /** Findings that one of these explains. */
  folded: readonly Finding[]
}

/** Ranked, each with what it explains folded under it; walked through by j and k. */
export function RankedList({ items, folded }: RankedListProps) {
  const { t } = useLanguage()
  const list = useRef<HTMLOListElement>(null)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const step = useCallback((by: number) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>('.zy-finding-title') ?? [])]
    const row = document.activeElement?.closest('[data-finding]')
    const at = links.findIndex((link) => link.closest('[data-finding]') === row)
    links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus()
  }, [])
  // A key presses the button that stands there: what may not be done has none.
  const press = useCallback((what: string) => {
    const row = document.activeElement?.closest('[data-finding]')
    if (list.current?.contains(row ?? null)) row?.querySelector<HTMLElement>(`[data-decide="${what}"]`)?.click()
  }, [])
  useShortcut(
    keys.down,
    useCallback(() => step(1), [step]),
  )
  useShortcut(
    keys.up,
    useCallback(() => step(-1), [step]),
  )
  useShortcut(
    keys.accept,
    useCallback(() => press('accept'), [press]),
  )
  useShortcut(
    keys.dismiss,
    useCallback(() => press('dismiss'), [press]),
  )
  useShortcut(
    keys.watch,
    useCallback(() => press('watch'), [press]),
  )
  return (
    <>
      <ol className="zy-findings" ref={list}>
        {items.map((item, index) => {
          const under = folded.filter((other) => other.parentId === item.id)
          return (
            <FindingRow key={item.id} item={item} rank={index + 1}>
              {under.length > 0 ? (
                <div className="zy-folded">
                  <Button
                    size="small"
                    type="link"
                    aria-expanded={open.has(item.id)}
                    onClick={() =>
                      setOpen((before) => {
                        const after = new Set(before)
                        if (!after.delete(item.id)) after.add(item.id)
                        return after
                      })
                    }
                  >
                    {open.has(item.id) ? '▾' : '▸'} {t(texts.foldedCount, { count: under.length })}
                  </Button>
                  {open.has(item.id) ? (
                    <ul className="zy-findings">
                      {under.map((other) => (
                        <FindingRow key={other.id} item={other} />
                      ))}
                    </ul>
                  ) : null}
                </div>
              ) : null}
            </FindingRow>
          )
        })}
      </ol>
      <p className="zy-quiet zy-keys">{t(texts.keys)}</p>
    </>
  )
}

const keys = { down: ['j'], up: ['k'], accept: ['a'], dismiss: ['d'], watch: ['w'] } as const
