import { App, Button } from 'antd'
import { useState } from 'react'
import type { z } from 'zod'
import { faultOf, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { type load, undoLoad } from '../contract.ts'
import { texts } from '../texts.ts'

export type Load = z.infer<typeof load>

const graceMilliseconds = 6000

/** Undoes a load after a moment in which the reader may think better of it: nothing has happened until then. */
export function useUndoLoad() {
  const { t, language } = useLanguage()
  const { message } = App.useApp()
  const undo = useWrite(undoLoad, [''])
  const [leaving, setLeaving] = useState<ReadonlySet<number>>(new Set())
  const start = (one: Load) => {
    const key = `undo-${one.id}`
    const settle = () => setLeaving((before) => new Set([...before].filter((id) => id !== one.id)))
    const timer = setTimeout(() => {
      message.destroy(key)
      undo
        .mutateAsync({ params: { id: one.id } })
        .then(() => message.success(t(texts.undone, { file: one.fileName })))
        .catch((error: unknown) => {
          const fault = faultOf(error, language)
          message.error(`${fault.title}。${fault.remedy}`)
        })
        .finally(settle)
    }, graceMilliseconds)
    setLeaving((before) => new Set([...before, one.id]))
    message.open({
      key,
      type: 'info',
      duration: graceMilliseconds / 1000 + 1,
      content: (
        <>
          {t(texts.leaving, { file: one.fileName })}{' '}
          <Button
            size="small"
            type="link"
            onClick={() => {
              clearTimeout(timer)
              settle()
              message.destroy(key)
              message.success(t(texts.kept))
            }}
          >
            {t(texts.keepIt)}
          </Button>
        </>
      ),
    })
  }
  return { start, leaving }
}
