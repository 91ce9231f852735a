import { App } from 'antd'
import type { AnswerOf } from '#contract/route.ts'
import { faultOf } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import type { listErasures, readErasure } from '../contract.ts'
import { texts } from '../texts.ts'

export type Request = AnswerOf<typeof listErasures>['requests'][number]
export type Whole = AnswerOf<typeof readErasure>

/** Read again when something was filed or decided. */
export const stale = ['erasures.']

/** Who acted, as he signs in. */
export function useActorName(): (id: string | null, name: string | null) => string | null {
  const { t } = useLanguage()
  return (id, name) => (id === null ? null : id === 'operator' ? t(texts.operator) : (name ?? id))
}

/** Says briefly what a write was refused for. */
export function useRefused(): (error: unknown) => void {
  const { language } = useLanguage()
  const { message } = App.useApp()
  return (error) => {
    const fault = faultOf(error, language)
    message.error(`${fault.title}。${fault.remedy}`)
  }
}
