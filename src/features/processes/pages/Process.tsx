import { useParams } from '@tanstack/react-router'
import { Segmented } from 'antd'
import { useMemo, useState } from 'react'
import { Answer } from '#ui/Answer.tsx'
import { useAddress } from '#ui/address.ts'
import { faultOf, useRead } from '#ui/api.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Empty, Loading, Problem } from '#ui/states.tsx'
import { type Edge, slowest, stepCounts } from '../components/cutMap.ts'
import { EdgesTable } from '../components/EdgesTable.tsx'
import { Facts } from '../components/Facts.tsx'
import { ProcessMap } from '../components/ProcessMap.tsx'
import { StepDrawer } from '../components/StepDrawer.tsx'
import { type Summary, useLog } from '../components/useLog.ts'
import { type Variant, Variants } from '../components/Variants.tsx'
import { listProcesses } from '../contract.ts'
import { texts } from '../texts.ts'
import '../components/process.css'

const views = ['events', 'complete', 'work_items'] as const
const daySeconds = 86_400

/** One process: how its cases really go, how long that takes and where the time passes. */
export default function Process() {
  const { t, language } = useLanguage()
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const { address, set } = useAddress()
  const [limit, setLimit] = useState(15)
  const view = views.find((known) => known === address.view) ?? 'work_items'
  const known = useRead(listProcesses, {}).data?.processes.find((process) => process.id === id)
  const log = useLog(id, view, limit)
  const { summary, edges, variants } = log.read
  const name = known ? nameIn(known, language) : id
  const sentence = useSentence(summary, edges, variants)
  const colourOf = useMemo(() => {
    const order = [...stepCounts(edges ?? []).keys()]
    return (step: string) => Math.max(0, order.indexOf(step))
  }, [edges])
  // Starts and completions of one piece of work are one step: counted apart they would look like rework.
  // A log without lifecycles looks the same in all three views.
  const choice =
    known?.log?.lifecycle === false ? null : (
      <Segmented
        className="zy-process-views"
        aria-label={t(texts.view)}
        value={view}
        onChange={(value) => set({ view: value === 'work_items' ? undefined : value, step: undefined })}
        options={views.map((value) => ({ value, label: t(texts[`view_${value}`]) }))}
      />
    )
  if (log.summary.isError && !summary)
    return (
      <Page title={name}>
        <Problem fault={faultOf(log.summary.error, language)} onRetry={() => void log.summary.refetch()} />
      </Page>
    )
  if (summary && summary.cases === 0)
    return (
      <Page title={name} sentence={t(texts.noCases)}>
        <Empty title={t(texts.noEvents)} action={<PageLink to="/processes">{t(texts.list)}</PageLink>} />
      </Page>
    )
  return (
    <Page title={name} sentence={sentence ?? ' '} actions={choice}>
      {known?.behind ? <p className="zy-quiet">{t(texts.behind)}</p> : null}
      {summary ? <Facts summary={summary} /> : null}
      <Answer query={log.edges} skeleton={<Loading rows={12} />}>
        {() => (
          <ProcessMap
            name={name}
            edges={edges ?? []}
            openStep={address.step}
            onOpen={(step) => set({ step: step === address.step ? undefined : step })}
          />
        )}
      </Answer>
      <Answer query={log.ways} skeleton={<Loading rows={6} />}>
        {() => (
          <Variants
            variants={variants ?? []}
            total={summary?.cases ?? 0}
            colourOf={colourOf}
            onMore={summary && summary.variants > limit && limit < 1000 ? () => setLimit(limit * 4) : undefined}
          />
        )}
      </Answer>
      {edges ? (
        <Section
          title={t(texts.edgesTable)}
          note={t(texts.edgesNote)}
          actions={
            <PageLink
              to="/questions/processes.edges"
              also={{ with: JSON.stringify({ process: id, view, ends: true }) }}
            >
              {t(texts.asQuestion)}
            </PageLink>
          }
        >
          <EdgesTable caption={t(texts.edgesTable)} edges={edges} />
        </Section>
      ) : null}
      <StepDrawer step={address.step} edges={edges ?? []} onClose={() => set({ step: undefined })} />
    </Page>
  )
}

function useSentence(summary?: Summary, edges?: readonly Edge[], variants?: readonly Variant[]): string | undefined {
  const { t, language, format } = useLanguage()
  const top = variants?.[0]
  if (!summary || !top) return undefined
  const days = (value: number | null) => format.seconds(value === null ? null : value * daySeconds)
  const first = t(texts.oneSentence, {
    cases: format.number(summary.cases),
    variants: format.number(summary.variants),
    median: days(summary.median_days),
    p90: days(summary.p90_days),
    share: format.percent(top.share),
    top: format.number(top.cases),
  })
  const slow = slowest(edges ?? [], 1)[0]
  if (!slow) return first
  const second = t(texts.oneSlow, {
    from: slow.from ?? '',
    to: slow.to ?? '',
    n: format.number(slow.n),
    p50: format.seconds(slow.p50_seconds),
  })
  return language === 'zh' ? `${first}${second}` : `${first} ${second}`
}
