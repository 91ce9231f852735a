import { Button, Progress } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { errorCatalogue, type ErrorCode } from '#contract/errors.ts'
import { askQuestion } from '#features/questions/contract.ts'
import { useRead, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { PageLink } from '#ui/PageLink.tsx'
import { Problem } from '#ui/states.tsx'
import { cancelLoad } from '../contract.ts'
import { texts } from '../texts.ts'
import { LeftOut } from './LeftOut.tsx'
import type { Load } from './useUndoLoad.tsx'

/** How far a load is, in rows and seconds left. */
export function LoadRunning({ load }: { load: Load }) {
  const { t, format } = useLanguage()
  const cancel = useWrite(cancelLoad, ['loads'])
  const gone = useSecondsSince(load.createdAt)
  const { phase, rows, bytesRead, bytesTotal, secondsLeft } = load.progress ?? {
    phase: 'reading' as const,
    rows: 0,
    bytesRead: 0,
    bytesTotal: 0,
    secondsLeft: null,
  }
  const reading = phase === 'reading'
  const time =
    secondsLeft === null
      ? t(texts.secondsGone, { time: format.seconds(gone) })
      : t(texts.secondsLeft, { time: format.seconds(Math.ceil(secondsLeft)) })
  return (
    <>
      <p className="zy-import-sentence" role="status">
        {t(texts.running, { phase: t(texts[`phase_${phase}`]), rows: format.number(rows) })} · {time}
      </p>
      <Progress
        aria-label={t(texts[`phase_${phase}`])}
        percent={reading ? Math.round((100 * bytesRead) / Math.max(1, bytesTotal)) : 100}
        status={reading ? 'normal' : 'active'}
        showInfo={reading}
      />
      <Button loading={cancel.isPending} onClick={() => cancel.mutate({ params: { id: load.id } })}>
        {t(texts.cancelLoad)}
      </Button>{' '}
      <span className="zy-quiet">{t(texts.cancelSafe)}</span>
    </>
  )
}

function useSecondsSince(instant: string): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return Math.max(0, Math.round((now - Date.parse(instant)) / 1000))
}

/** What a finished load changed, in words. */
export function LoadSentence({ load }: { load: Load }) {
  const { t, language, format } = useLanguage()
  if (load.state === 'undone') return <p className="zy-import-sentence">{t(texts.undoneState)}</p>
  if (load.failure === 'load_cancelled') return <p className="zy-import-sentence">{t(texts.cancelled)}</p>
  if (load.state === 'failed') {
    const known = errorCatalogue[(load.failure ?? 'internal') as ErrorCode] ?? errorCatalogue.internal
    return (
      <Problem
        kind="write"
        fault={{
          code: load.failure ?? 'internal',
          title: `${t(texts.failed)} · ${known.title[language]}`,
          remedy: [known.remedy[language], detailOf(load.failureDetail)].filter(Boolean).join(' '),
        }}
      />
    )
  }
  const { rows } = load
  const parts = (
    [
      [rows.new, texts.changedNew],
      [rows.corrected, texts.changedCorrected],
      [rows.same, texts.changedSame],
      [rows.skipped, texts.changedSkipped],
      [rows.rejected, texts.changedRejected],
    ] as const
  ).flatMap(([count, words]) => (count > 0 ? [t(words, { rows: format.number(count) })] : []))
  const nothing = rows.new + rows.corrected === 0 && rows.rejected === 0
  return (
    <>
      <p className="zy-import-sentence" role="status">
        {parts.length ? t(texts.done, { parts: parts.join(language === 'zh' ? '，' : ', ') }) : null}{' '}
        {nothing ? t(texts.changedNothing) : null}
        <Reach load={load} />
      </p>
      <LeftOut columns={load.leftOut} />
    </>
  )
}

/** What exactly was wrong, as `what: where`: line and column, names of columns or units. */
const detailOf = (detail: Load['failureDetail']): string =>
  Object.entries(detail ?? {})
    .map(([what, value]) => `${what}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ')

interface ReachRow {
  first_day: string | null
  last_day: string | null
  units: number
  touchpoints: number
  customers: number
}

const factKinds = ['interactions', 'tickets', 'responses', 'complaints', 'transactions', 'events']

/** Which days, units and touchpoints a load of facts covers. */
function useReach(load: Load): ReachRow | undefined {
  const { data } = useRead(
    askQuestion,
    { params: { question: 'imports.reach' }, body: { kind: load.kind, load: load.id } },
    { enabled: load.state === 'done' && factKinds.includes(load.kind) },
  )
  return data?.rows[0] as unknown as ReachRow | undefined
}

function Reach({ load }: { load: Load }) {
  const { t, format } = useLanguage()
  const reach = useReach(load)
  if (!reach?.first_day || !reach.last_day) return null
  const counted = [
    [reach.units, texts.reachUnits],
    [reach.touchpoints, texts.reachTouchpoints],
    [reach.customers, texts.reachCustomers],
  ] as const
  const parts = counted.flatMap(([count, words]) => (count > 0 ? [t(words, { count: format.number(count) })] : []))
  const [from, to] = [format.day(reach.first_day), format.day(reach.last_day)]
  const days = t(from === to ? texts.reachDay : texts.reachDays, { from, to })
  return ` ${t(parts.length ? texts.reach : texts.reachOnly, { days, parts: format.list(parts) })}`
}

/** Where a reader would look first after this load. */
export function LookFirst({ load, onErrors }: { load: Load; onErrors(): void }) {
  const { t, format } = useLanguage()
  const reach = useReach(load)
  const links: ReactNode[] = []
  const days = reach?.first_day && reach.last_day ? { from: reach.first_day, to: reach.last_day } : undefined
  if (load.state === 'done') {
    if (load.kind === 'events' && load.process)
      links.push(<PageLink to={`/processes/${load.process}`}>{t(texts.lookProcess)}</PageLink>)
    else if (days && reach?.touchpoints === 0 && load.kind !== 'transactions')
      links.push(
        <>
          {t(texts.lookTouchpoints)} <PageLink to="/model">{t(texts.lookModel)}</PageLink>
        </>,
      )
    else if (days)
      links.push(
        <PageLink to="/" also={days}>
          {t(texts.lookOverview)}
        </PageLink>,
        <PageLink to="/model" also={{ ...days, tab: 'coverage' }}>
          {t(texts.lookCoverage)}
        </PageLink>,
      )
    if (load.kind === 'units') links.push(<PageLink to="/settings/units">{t(texts.lookUnits)}</PageLink>)
    if (load.kind === 'customers' || load.kind === 'staff') links.push(t(texts.lookInteractions))
  }
  if (load.rows.rejected > 0)
    links.push(
      <button type="button" className="zy-link" onClick={onErrors}>
        {t(texts.lookErrors, { rows: format.number(load.rows.rejected) })}
      </button>,
    )
  if (links.length === 0) return null
  return (
    <>
      <h3 className="zy-map-head">{t(texts.lookFirst)}</h3>
      <ul className="zy-look">
        {links.map((link, index) => (
          <li key={index}>{link}</li>
        ))}
      </ul>
    </>
  )
}
