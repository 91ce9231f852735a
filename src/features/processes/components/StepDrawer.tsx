import { DetailDrawer } from '#ui/DetailDrawer.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { texts } from '../texts.ts'
import type { Edge } from './cutMap.ts'
import { EdgesTable } from './EdgesTable.tsx'

interface StepDrawerProps {
  step: string | undefined
  edges: readonly Edge[]
  onClose(): void
}

/** One activity: how often, from where, to where, and how long each takes. */
export function StepDrawer({ step, edges, onClose }: StepDrawerProps) {
  const { t, format } = useLanguage()
  const into = edges.filter(({ to }) => to === step)
  const out = edges.filter(({ from }) => from === step)
  const n = into.reduce((sum, edge) => sum + edge.n, 0)
  const say = (edge: Edge | undefined, words: typeof texts.stepInto | typeof texts.stepOut, name: string | null) =>
    edge ? t(words, { name: name ?? '', share: format.percent(edge.n / Math.max(1, n), { digits: 0 }) }) : ''
  const [most, next] = [into[0], out[0]]
  return (
    <DetailDrawer open={step !== undefined} onClose={onClose} title={step ?? ''} width={820}>
      {step === undefined ? null : (
        <>
          <p>
            {t(texts.stepSentence, {
              n: format.number(n),
              into: say(most, texts.stepInto, most?.from ?? t(texts.start)),
              out: say(next, texts.stepOut, next?.to ?? t(texts.end)),
            })}
          </p>
          <Section title={t(texts.stepBefore)}>
            <EdgesTable caption={t(texts.stepBefore)} edges={into} without="to" />
          </Section>
          <Section title={t(texts.stepAfter)}>
            <EdgesTable caption={t(texts.stepAfter)} edges={out} without="from" />
          </Section>
        </>
      )}
    </DetailDrawer>
  )
}
