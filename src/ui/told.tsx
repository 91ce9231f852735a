import { App, Button } from 'antd'
import { useCallback } from 'react'
import { faultOf } from './api.tsx'
import { useLanguage } from './i18n.ts'
import { texts } from './texts.ts'

/** Says what was done, with a press to take it back; says what failed and what to do. */
export function useTold() {
  const { t, language } = useLanguage()
  const { message } = App.useApp()
  const told = useCallback(
    (text: string, takeBack?: () => void) => {
      const key = `told-${text}`
      message.success({
        key,
        duration: takeBack ? 8 : 3,
        content: takeBack ? (
          <>
            {text}{' '}
            <Button
              size="small"
              type="link"
              onClick={() => {
                message.destroy(key)
                takeBack()
              }}
            >
              {t(texts.undo)}
            </Button>
          </>
        ) : (
          text
        ),
      })
    },
    [message, t],
  )
  const failed = useCallback(
    (error: unknown) => {
      const fault = faultOf(error, language)
      message.error({ duration: 6, content: `${fault.title} · ${fault.remedy}` })
    },
    [message, language],
  )
  return { told, failed }
}
