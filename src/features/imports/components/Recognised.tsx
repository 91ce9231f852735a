import { Button, Input, Select } from 'antd'
import { useLanguage } from '#ui/i18n.ts'
import { Labelled } from '#ui/Labelled.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import type { Draft, Upload } from './draft.ts'
import { fieldOf, isLabel, itemOf, renameProcess } from './draft.ts'
import type { Names } from './names.ts'

/** How the file is read, as the address holds it. */
export interface Reading {
  kind?: string | undefined
  delimiter?: string | undefined
  encoding?: string | undefined
  sheet?: string | undefined
}

interface RecognisedProps {
  upload: Upload
  draft: Draft
  names: Names
  reading: Reading
  onReading(change: Reading): void
  onChange(draft: Draft): void
}

/** In a sentence what the file seems to be; then what belongs to the file as a whole, each part changeable. */
export function Recognised({ upload, draft, names, reading, onReading, onChange }: RecognisedProps) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const used = upload.columns.filter(({ name }) => fieldOf(draft, name) || itemOf(draft, name)).length
  const sure = upload.kinds.find(({ kind }) => kind === draft.kind)?.confidence
  const counts = { columns: upload.columns.length, known: used, rest: upload.columns.length - used }
  const unclear = !reading.kind && upload.ambiguities.some(({ code }) => code === 'kind')
  const words = unclear
    ? texts.unclear
    : sure === undefined || reading.kind
      ? texts.said
      : counts.rest === 0
        ? texts.seemsAll
        : texts.seems
  const share = format.percent(sure ?? 0, { digits: 0 })
  return (
    <>
      <p className="zy-import-sentence">{t(words, { ...counts, kind: names.kind(draft.kind), sure: share })}</p>
      {unclear && upload.kinds.length ? (
        <p className="zy-import-buttons zy-kinds">
          {upload.kinds.slice(0, 3).map(({ kind, confidence }) => (
            <Button key={kind} onClick={() => onReading({ kind })}>
              {t(texts.itIs, { kind: names.kind(kind), sure: format.percent(confidence, { digits: 0 }) })}
            </Button>
          ))}
        </p>
      ) : null}
      {upload.loadedBefore.length ? (
        <p className="zy-note">{t(texts.loadedBefore, { loads: upload.loadedBefore.join('、') })}</p>
      ) : null}
      <div className="zy-import-form">
        <Labelled name={t(texts.kind)}>
          {(id) => (
            <Select
              id={id}
              value={unclear ? null : draft.kind}
              placeholder={t(texts.pleaseChoose)}
              status={unclear ? 'warning' : ''}
              onChange={(kind) => onReading({ kind })}
              popupMatchSelectWidth={false}
              options={names.kinds.map(({ kind, name }) => ({ value: kind, label: name }))}
            />
          )}
        </Labelled>
        <Labelled name={t(texts.source)} why={t(texts.sourceWhy)}>
          {(id) => (
            <Input
              id={id}
              value={draft.source}
              status={isLabel(draft.source, 80) ? '' : 'error'}
              aria-description={`${t(texts.sourceWhy)}; ${t(texts.sourceRule)}`}
              onChange={({ target }) => onChange({ ...draft, source: target.value })}
            />
          )}
        </Labelled>
        {draft.kind === 'events' ? <ProcessNames draft={draft} onChange={onChange} /> : null}
        <Labelled name={t(texts.timeZone)} why={t(texts.timeZoneWhy)}>
          {(id) => (
            <Select
              id={id}
              showSearch
              value={draft.timeZone ?? timeZone}
              onChange={(zone: string) => onChange({ ...draft, timeZone: zone })}
              popupMatchSelectWidth={false}
              options={zones().map((zone) => ({ value: zone, label: zone }))}
            />
          )}
        </Labelled>
        <ReadingChoice upload={upload} reading={reading} onReading={onReading} />
      </div>
    </>
  )
}

let known: readonly string[] | undefined
const zones = (): readonly string[] => {
  known ??= ['UTC', ...Intl.supportedValuesOf('timeZone')]
  return known
}

function ProcessNames({ draft, onChange }: Pick<RecognisedProps, 'draft' | 'onChange'>) {
  const { t, language } = useLanguage()
  const named = draft.processName
  const rename = (name: string) => {
    const both = { zh: named?.zh || name, en: named?.en || name, [language]: name }
    const { processName: _, ...rest } = draft
    onChange(name ? { ...rest, processName: both } : (rest as Draft))
  }
  return (
    <>
      <Labelled name={t(texts.process)}>
        {(id) => (
          <Input
            id={id}
            value={draft.process ?? ''}
            status={isLabel(draft.process ?? '', 60) ? '' : 'error'}
            onChange={({ target }) => onChange(renameProcess(draft, target.value))}
          />
        )}
      </Labelled>
      <Labelled name={t(texts.processName)}>
        {(id) => (
          <Input
            id={id}
            value={named?.[language] ?? ''}
            placeholder={draft.process ?? ''}
            maxLength={80}
            onChange={({ target }) => rename(target.value)}
          />
        )}
      </Labelled>
    </>
  )
}

const delimiters = [',', ';', '\t', '|', '\u0001'] as const
const encodings = ['utf-8', 'gb18030'] as const

/** Delimiter and encoding of a text file, sheet of a workbook: as found out, until the reader says otherwise. */
function ReadingChoice({ upload, reading, onReading }: Pick<RecognisedProps, 'upload' | 'reading' | 'onReading'>) {
  const { t } = useLanguage()
  const { delimiter, encoding, sheet, sheetNames } = upload.found
  const sheets = String(sheetNames ?? '')
    .split('/')
    .filter(Boolean)
  if (sheets.length > 1)
    return (
      <Labelled name={t(texts.sheet)}>
        {(id) => (
          <Select
            id={id}
            value={reading.sheet ?? String(sheet)}
            onChange={(chosen: string) => onReading({ sheet: chosen })}
            popupMatchSelectWidth={false}
            options={sheets.map((name) => ({ value: name, label: name }))}
          />
        )}
      </Labelled>
    )
  if (upload.format !== 'csv') return null
  const said = reading.delimiter ?? String(delimiter ?? ',')
  return (
    <>
      <Labelled name={t(texts.delimiter)}>
        {(id) => (
          <Select
            id={id}
            value={said || ','}
            onChange={(chosen: string) => onReading({ delimiter: chosen })}
            popupMatchSelectWidth={false}
            options={[
              ...delimiters.map((one) => ({ value: one as string, label: t(texts[`delimiter_${one}`]) })),
              ...(said && !(delimiters as readonly string[]).includes(said)
                ? [{ value: said, label: JSON.stringify(said).slice(1, -1) }]
                : []),
            ]}
          />
        )}
      </Labelled>
      <Labelled name={t(texts.encoding)}>
        {(id) => (
          <Select
            id={id}
            value={reading.encoding ?? String(encoding ?? 'utf-8')}
            onChange={(chosen: string) => onReading({ encoding: chosen })}
            popupMatchSelectWidth={false}
            options={encodings.map((one) => ({ value: one, label: one.toUpperCase() }))}
          />
        )}
      </Labelled>
    </>
  )
}
