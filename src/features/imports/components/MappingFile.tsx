import { App, Button } from 'antd'
import { useRef } from 'react'
import { download } from '#ui/csv.ts'
import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import type { Draft } from './draft.ts'

interface MappingFileProps {
  draft: Draft
  fileName: string
  columns: readonly string[]
  onTake(draft: Draft): void
}

/** The mapping as the file that the command line takes as --map, in both directions. */
export function MappingFile({ draft, fileName, columns, onTake }: MappingFileProps) {
  const { t, format } = useLanguage()
  const { message } = App.useApp()
  const input = useRef<HTMLInputElement>(null)
  const take = async (file: File | undefined) => {
    if (!file) return
    const given = asDraft(await file.text())
    if (!given) return void message.error(t(texts.mappingBad))
    const lacking = Object.values(given.columns).flatMap((source) =>
      typeof source === 'string' && !columns.includes(source) ? [source] : [],
    )
    if (lacking.length)
      message.warning(t(texts.mappingUnknown, { count: lacking.length, columns: format.list(lacking.slice(0, 5)) }))
    else message.success(t(texts.mappingTaken, { file: file.name }))
    onTake(given)
  }
  return (
    <span className="zy-import-buttons">
      <Button
        title={t(texts.mappingWhy)}
        onClick={() =>
          download(
            `${fileName.replace(/\.[^.]*(\.gz)?$/, '')}.map.json`,
            `${JSON.stringify(draft, null, 2)}\n`,
            'application/json',
          )
        }
      >
        {t(texts.mappingSave)}
      </Button>
      <Button title={t(texts.mappingWhy)} onClick={() => input.current?.click()}>
        {t(texts.mappingUse)}
      </Button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        onChange={({ target }) => {
          void take(target.files?.[0])
          target.value = ''
        }}
      />
    </span>
  )
}

function asDraft(text: string): Draft | undefined {
  try {
    const given = JSON.parse(text) as Partial<Draft> | null
    if (typeof given !== 'object' || given === null || typeof given.kind !== 'string') return undefined
    const { columns = {}, source = given.kind } = given
    return typeof columns === 'object' && columns !== null ? { ...given, kind: given.kind, source, columns } : undefined
  } catch {
    return undefined
  }
}
