import { App } from 'antd'
import { useState } from 'react'
import type { z } from 'zod'
import { useWrite } from '#ui/api.tsx'
import { useGrace } from '#ui/grace.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { useTold } from '#ui/told.tsx'
import { type load, undoLoad } from '../contract.ts'
import { texts } from '../texts.ts'

export type Load = z.infer<typeof load>

/** Undoes a load after a moment in which the reader may think better of it: nothing has happened until then. */
export function useUndoLoad() {
  const { t } = useLanguage()
  const { message } = App.useApp()
  const { failed } = useTold()
  const grace = useGrace()
  const undo = useWrite(undoLoad, [''])
  const [leaving, setLeaving] = useState<ReadonlySet<number>>(new Set())
  const start = (one: Load) => {
    const settle = () => setLeaving((before) => new Set([...before].filter((id) => id !== one.id)))
    setLeaving((before) => new Set([...before, one.id]))
    grace({
      key: `undo-${one.id}`,
      words: t(texts.leaving, { file: one.fileName }),
      onKept: () => {
        settle()
        message.success(t(texts.kept))
      },
      run: () =>
        undo
          .mutateAsync({ params: { id: one.id } })
          .then(() => message.success(t(texts.undone, { file: one.fileName })))
          .catch(failed)
          .finally(settle),
    })
  }
  return { start, leaving }
}
