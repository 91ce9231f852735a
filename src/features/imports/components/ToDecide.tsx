import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import { type ColumnSource, type Draft, isLabel, missing, type Upload } from './draft.ts'
import type { Names } from './names.ts'

interface ToDecideProps {
  upload: Upload
  draft: Draft
  names: Names
  kindSaid: boolean
}

/** What stands between the file and its check: said by the guess, and gone as soon as the reader has said it. */
export function useToDecide({ upload, draft, names, kindSaid }: ToDecideProps): string[] {
  const { t, language } = useLanguage()
  const open: string[] = []
  for (const { code, text } of upload.ambiguities) {
    const [what, column = ''] = code.split(/:(.*)/s)
    // Missing fields, items and process are judged on the draft as it is now.
    if (what === 'kind' && !kindSaid) open.push(text[language])
    if (what === 'date' && !says(draft, column, 'format')) open.push(text[language])
    if (what === 'decimal' && !says(draft, column, 'decimal')) open.push(text[language])
  }
  for (const field of missing(draft, names.fieldsOf(draft.kind)))
    open.push(t(texts.needsField, { field: names.field(field.id) }))
  if (draft.kind === 'responses' && !draft.columns.score && !draft.items?.length) open.push(t(texts.needsItems))
  if (draft.kind === 'responses' && draft.columns.score && !draft.columns.metric) open.push(t(texts.needsMetric))
  if (draft.kind === 'events' && !isLabel(draft.process ?? '', 60)) open.push(t(texts.needsProcess))
  return open
}

/** Whether the draft says how the column is read, or does not read it at all. */
const says = (draft: Draft, column: string, how: 'format' | 'decimal'): boolean => {
  const source = Object.values(draft.columns).find(
    (one) => one === column || (typeof one === 'object' && 'column' in one && one.column === column),
  )
  return source === undefined || (typeof source === 'object' && how in source && Boolean((source as ColumnSource)[how]))
}

export function ToDecide({ open }: { open: readonly string[] }) {
  const { t } = useLanguage()
  if (open.length === 0) return null
  return (
    <div className="zy-note" role="status">
      <b>{t(texts.toDecide)}</b>
      <ul>
        {open.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </div>
  )
}
