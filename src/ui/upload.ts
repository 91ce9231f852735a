import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answered, addressOf, type Sent } from '#contract/client.ts'
import type { Problem } from '#contract/problem.ts'
import type { AnswerOf, Route } from '#contract/route.ts'
import { Refusal } from './api.tsx'
import { useLanguage } from './i18n.ts'

export interface UploadProgress {
  sent: number
  total: number
  secondsLeft: number | null
}

/** Sends a file as the raw body of a route, saying how far it is; `fetch` cannot say that. */
export function useUpload<R extends Route>(route: R) {
  const { language } = useLanguage()
  const [progress, setProgress] = useState<UploadProgress>()
  const [request, setRequest] = useState<XMLHttpRequest>()
  const mutation = useMutation({
    mutationFn: ({ file, query }: { file: File; query: Sent<R>['query'] }) => {
      const sending = new XMLHttpRequest()
      const began = performance.now()
      setRequest(sending)
      setProgress({ sent: 0, total: file.size, secondsLeft: null })
      sending.upload.onprogress = ({ loaded, total }) => {
        const seconds = (performance.now() - began) / 1000
        const secondsLeft = seconds > 1 && loaded > 0 ? (seconds * (total - loaded)) / loaded : null
        setProgress({ sent: loaded, total, secondsLeft })
      }
      return new Promise<AnswerOf<R> | null>((resolve, reject) => {
        const refuse = (answered: Extract<Answered<unknown>, { ok: false }>) => reject(new Refusal(answered, language))
        sending.onload = () => {
          const answer = sending.response as unknown
          if (sending.status < 300) return resolve(answer as AnswerOf<R>)
          const problem = answer as Problem | null
          refuse(problem?.code ? { ok: false, reason: problem.code, problem } : { ok: false, reason: 'internal' })
        }
        sending.onerror = () => refuse({ ok: false, reason: 'server_unreachable' })
        sending.onabort = () => resolve(null)
        sending.open(route.method, addressOf(route, {}, query))
        sending.responseType = 'json'
        sending.setRequestHeader('content-type', route.rawBody?.contentTypes[0] ?? 'application/octet-stream')
        sending.setRequestHeader('accept-language', language === 'zh' ? 'zh-CN' : 'en')
        sending.send(file)
      })
    },
    onSettled: () => {
      setProgress(undefined)
      setRequest(undefined)
    },
  })
  return { ...mutation, progress, cancel: () => request?.abort() }
}
