import { App, Button } from 'antd'
import { useCallback } from 'react'
import { useLanguage } from './i18n.ts'
import { texts } from './texts.ts'

interface Grace {
  key: string
  /** What will happen: "“a.csv” will be undone in 6 seconds". */
  words: string
  run(): void
  /** The reader thought better of it. */
  onKept?: () => void
}

export const graceSeconds = 6

/** Does what cannot be taken back only after a moment in which the reader may think better of it. */
export function useGrace(): (grace: Grace) => void {
  const { t } = useLanguage()
  const { message } = App.useApp()
  return useCallback(
    ({ key, words, run, onKept }) => {
      const timer = setTimeout(() => {
        message.destroy(key)
        run()
      }, graceSeconds * 1000)
      const keep = () => {
        clearTimeout(timer)
        message.destroy(key)
        onKept?.()
      }
      message.open({
        key,
        type: 'info',
        duration: graceSeconds + 1,
        content: (
          <>
            {words}{' '}
            <Button size="small" type="link" onClick={keep}>
              {t(texts.keepIt)}
            </Button>
          </>
        ),
      })
    },
    [message, t],
  )
}
