import { CloseOutlined } from '@ant-design/icons'
import { Button, Checkbox } from 'antd'
import { useState } from 'react'
import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import { ConstantForm } from './ConstantForm.tsx'
import { asItem, composed, type Draft, drop, fieldOf, itemOf, type Source, scaleOf, type Upload } from './draft.ts'
import { FieldChoice } from './FieldChoice.tsx'
import type { Names } from './names.ts'

interface ColumnMeaningsProps {
  upload: Upload
  draft: Draft
  guess: Draft
  names: Names
  onChange(draft: Draft): void
}

const atFirst = 40

/** Every column of the file with its meaning, and what a mapping file says beyond single columns. */
export function ColumnMeanings({ upload, draft, guess, names, onChange }: ColumnMeaningsProps) {
  const { t } = useLanguage()
  const [all, setAll] = useState(false)
  const shown = all ? upload.columns : upload.columns.slice(0, atFirst)
  const scores =
    draft.kind === 'responses'
      ? upload.columns.filter(
          ({ name, samples }) => !fieldOf(draft, name) && !itemOf(draft, name) && scaleOf(samples) !== null,
        )
      : []
  // One scale for all of them: that of the widest answers, as surveys have it.
  const allItems = () => {
    const scale = scaleOf(scores.flatMap(({ samples }) => samples)) ?? [0, 10]
    onChange(scores.reduce((so, { name }) => asItem(so, { column: name, metric: 'other', scale }), draft))
  }
  return (
    <>
      {scores.length > 1 ? (
        <p>
          <Button onClick={allItems}>{t(texts.allItems, { count: scores.length })}</Button>
        </p>
      ) : null}
      <ul className="zy-maps" aria-label={t(texts.columns)}>
        {shown.map((column) => (
          <FieldChoice
            key={column.name}
            column={column}
            draft={draft}
            names={names}
            guessed={fieldOf(guess, column.name)}
            onChange={onChange}
          />
        ))}
      </ul>
      {shown.length < upload.columns.length ? (
        <Button onClick={() => setAll(true)}>{t(texts.more, { count: upload.columns.length - shown.length })}</Button>
      ) : null}
      <Composed draft={draft} names={names} onChange={onChange} />
      <ConstantForm draft={draft} names={names} onChange={onChange} />
      <Checkbox
        checked={draft.rest === 'drop'}
        onChange={({ target }) => onChange({ ...draft, rest: target.checked ? 'drop' : 'attributes' })}
      >
        {t(texts.rest)}
      </Checkbox>
    </>
  )
}

function Composed({ draft, names, onChange }: Pick<ColumnMeaningsProps, 'draft' | 'names' | 'onChange'>) {
  const { t, format } = useLanguage()
  const fields = composed(draft)
  const skips = Array.isArray(draft.skip) ? (draft.skip as { because: string }[]) : []
  if (fields.length === 0 && skips.length === 0) return null
  const madeOf = (source: Source): string => {
    if (typeof source === 'string') return source
    if ('constant' in source) return t(texts.constant, { value: String(source.constant) })
    const columns = format.list(source.columns ?? [source.column ?? ''])
    return t(source.is ? texts.tested : texts.joined, { columns })
  }
  return (
    <>
      <h3 className="zy-map-head">{t(texts.composed)}</h3>
      <ul className="zy-composed">
        {fields.map(([field, source]) => (
          <li key={field}>
            <b>{names.field(field)}</b> <span className="zy-quiet">{madeOf(source)}</span>
            <Button
              size="small"
              type="text"
              icon={<CloseOutlined />}
              aria-label={t(texts.remove, { field: names.field(field) })}
              onClick={() => onChange(drop(draft, field))}
            />
          </li>
        ))}
        {skips.map(({ because }) => (
          <li key={because} className="zy-quiet">
            {t(texts.skips, { because })}
          </li>
        ))}
      </ul>
    </>
  )
}
