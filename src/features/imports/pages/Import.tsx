import { useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { useAddress } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import type { Draft, Upload } from '../components/draft.ts'
import { FileDrop } from '../components/FileDrop.tsx'
import { LoadDrawer } from '../components/LoadDrawer.tsx'
import { LoadRunning, LoadSentence, LookFirst } from '../components/LoadOutcome.tsx'
import { Loads } from '../components/Loads.tsx'
import { useNames } from '../components/names.ts'
import type { Reading } from '../components/Recognised.tsx'
import { Arriving } from '../components/Arriving.tsx'
import { type Load, useUndoLoad } from '../components/useUndoLoad.tsx'
import { Wizard } from '../components/Wizard.tsx'
import { listLoads, readLoad, readUpload } from '../contract.ts'
import { texts } from '../texts.ts'
import '../components/import.css'

const readingOf = ({ kind, delimiter, encoding, sheet }: Record<string, string | undefined>): Reading => ({
  ...(kind ? { kind } : {}),
  ...(delimiter ? { delimiter } : {}),
  ...(encoding ? { encoding } : {}),
  ...(sheet ? { sheet } : {}),
})
const nothing = {
  upload: undefined,
  load: undefined,
  kind: undefined,
  delimiter: undefined,
  encoding: undefined,
  sheet: undefined,
}

/** 数据导入: a file becomes facts in four steps on one page; below, every load there was. */
export default function Import() {
  const { t } = useLanguage()
  const { places } = useReader()
  // A file reaches every unit: who holds less than the whole bank is told so, instead of being refused step by step.
  if (!places.some(({ level }) => level === 'head_office'))
    return (
      <Page title={t(texts.title)}>
        <p className="zy-note">{t(texts.wholeBankOnly)}</p>
      </Page>
    )
  return <OfWholeBank />
}

function OfWholeBank() {
  const { t } = useLanguage()
  const reader = useReader()
  const { address, set } = useAddress()
  const names = useNames()
  const undo = useUndoLoad()
  const [limit, setLimit] = useState(50)
  const loads = useRead(listLoads, { query: { limit } })
  const may = reader.permissions.has('import.write')
  const open = Number(address.detail) || undefined
  const sentence = useSentence(loads.data?.loads, loads.data?.next != null)
  return (
    <Page title={t(texts.title)} sentence={sentence}>
      {may ? (
        <>
          {reader.practice ? <p className="zy-quiet">{t(texts.practice)}</p> : null}
          <Steps key={address.upload ?? ''} names={names} undo={undo} onErrors={(id) => set({ detail: String(id) })} />
        </>
      ) : (
        <p className="zy-quiet">{t(texts.mayOnlyRead)}</p>
      )}
      <Answer query={loads} skeleton={<Loading rows={8} />}>
        {(answer) => (
          <>
            <IntakeAside intake={answer.intake} />
            <Loads
              loads={answer.loads}
              names={names}
              undo={undo}
              openId={open}
              onOpen={(id) => set({ detail: String(id) })}
              onMore={answer.next !== null && limit < 200 ? () => setLimit(200) : undefined}
            />
          </>
        )}
      </Answer>
      <LoadDrawer id={open} names={names} onClose={() => set({ detail: undefined })} />
    </Page>
  )
}

/** Batches from the interface that could not be moved: said where what arrives is looked after. */
function IntakeAside({ intake }: { intake: AnswerOf<typeof listLoads>['intake'] }) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  if (intake.setAside.length === 0) return null
  return (
    <Section title={t(texts.intakeAside)} note={t(texts.intakeAsideNote)}>
      <ul>
        {intake.setAside.map((one) => (
          <li key={one.batch}>
            {t(texts.intakeAsideOne, {
              batch: one.batch,
              source: one.source,
              rows: format.number(one.rows),
              at: format.instant(one.receivedAt, timeZone),
            })}{' '}
            <code>{one.reason}</code>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function useSentence(loads: readonly Load[] | undefined, more: boolean): string {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  if (!loads) return ' '
  const running = loads.find(({ state }) => state === 'running')
  if (running)
    return t(texts.sentenceRunning, { file: running.fileName, rows: format.number(running.progress?.rows ?? 0) })
  const done = loads.filter(({ state }) => state === 'done')
  const last = done[0]
  if (!last) return t(texts.sentenceEmpty)
  const rows = done.reduce((sum, load) => sum + load.rows.new + load.rows.same + load.rows.corrected, 0)
  return t(more ? texts.sentenceMany : texts.sentence, {
    loads: format.number(done.length),
    rows: format.number(rows),
    day: format.instant(last.createdAt, timeZone),
    file: last.fileName,
    new: format.number(last.rows.new),
  })
}

interface StepsProps {
  names: ReturnType<typeof useNames>
  undo: ReturnType<typeof useUndoLoad>
  onErrors(load: number): void
}

/** The four steps: each stands below the one before as soon as there is something to say. */
function Steps({ names, undo, onErrors }: StepsProps) {
  const { t, format } = useLanguage()
  const { address, set } = useAddress()
  const [given, setGiven] = useState<Draft>()
  const reading = readingOf(address)
  const loadId = Number(address.load) || undefined
  const upload = useRead(
    readUpload,
    { params: { id: address.upload ?? '-' }, query: reading as never },
    // A file is dropped once it is loaded.
    { enabled: Boolean(address.upload) && !loadId },
  )
  if (!address.upload && !loadId)
    return (
      <Section title={t(texts.stepFile)}>
        <FileDrop onSent={(id) => set({ ...nothing, upload: id })} />
      </Section>
    )
  const another = (mayGoBack: boolean) => (
    <span className="zy-import-buttons">
      {mayGoBack && address.upload ? (
        <Button onClick={() => set({ load: undefined })}>{t(texts.backToSettings)}</Button>
      ) : null}
      <Button onClick={() => set(nothing)}>{t(loadId ? texts.anotherFile : texts.another)}</Button>
    </span>
  )
  const line = ({ fileName, bytes, format: form, rowsSeen, found }: Upload) =>
    `${t(texts.fileLine, { file: fileName, bytes: format.bytes(bytes), format: form.toUpperCase() })} · ${t(found.partial ? texts.firstRows : texts.allRows, { rows: format.number(rowsSeen) })}`
  // A given mapping says itself how its file is read.
  const take = (draft: Draft) => {
    const file = draft.file ?? {}
    setGiven(draft)
    set({
      kind: draft.kind,
      delimiter: typeof file.delimiter === 'string' ? file.delimiter : undefined,
      encoding: file.encoding === 'gb18030' ? 'gb18030' : undefined,
      sheet: typeof file.sheet === 'string' ? file.sheet : undefined,
    })
  }
  return (
    <>
      {address.upload && !loadId ? (
        <Section title={t(texts.stepFile)} actions={another(false)}>
          <Answer query={upload} skeleton={<Loading rows={1} />}>
            {(seen) => <span>{line(seen)}</span>}
          </Answer>
        </Section>
      ) : null}
      {upload.data && !loadId && !upload.isPlaceholderData ? (
        <Wizard
          key={JSON.stringify([reading, given])}
          upload={upload.data}
          given={given}
          names={names}
          reading={reading}
          onReading={(change) => {
            setGiven(undefined)
            set({ ...change })
          }}
          onMapping={take}
          onStarted={(id, draft) => {
            // Kept for whoever comes back to change it: after a refusal, a cancel or an undo.
            setGiven(draft)
            set({ load: String(id) })
          }}
        />
      ) : null}
      {loadId ? <Outcome id={loadId} undo={undo} onErrors={onErrors} another={another} /> : null}
    </>
  )
}

function Outcome({
  id,
  undo,
  onErrors,
  another,
}: { id: number; another(mayGoBack: boolean): React.ReactNode } & Omit<StepsProps, 'names'>) {
  const { t } = useLanguage()
  const queries = useQueryClient()
  const [polling, setPolling] = useState(true)
  const load = useRead(readLoad, { params: { id } }, { every: polling ? 400 : false })
  const state = load.data?.state
  const was = useRef<string>(undefined)
  useEffect(() => {
    setPolling(state === undefined || state === 'running')
    // What the load changed is read again everywhere.
    if (state && state !== 'running' && was.current !== state)
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'loads.read' })
    was.current = state
  }, [state, queries])
  return (
    <Arriving>
      <Section title={t(texts.stepDone)} actions={another(state === 'failed')}>
        <Answer query={load} skeleton={<Loading rows={3} />}>
          {(one) =>
            one.state === 'running' ? (
              <LoadRunning load={one} />
            ) : (
              <>
                <LoadSentence load={one} />
                <LookFirst load={one} onErrors={() => onErrors(one.id)} />
                {one.state === 'done' ? (
                  <p className="zy-import-go">
                    <Button disabled={undo.leaving.has(one.id)} onClick={() => undo.start(one)}>
                      {t(texts.undo)}
                    </Button>
                  </p>
                ) : null}
              </>
            )
          }
        </Answer>
      </Section>
    </Arriving>
  )
}
