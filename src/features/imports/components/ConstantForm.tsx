import { Button, Input, Select } from 'antd'
import { useState } from 'react'
import { useLanguage } from '#ui/i18n.ts'
import { Labelled } from '#ui/Labelled.tsx'
import { texts } from '../texts.ts'
import { type Draft, missing } from './draft.ts'
import type { Names } from './names.ts'

interface ConstantFormProps {
  draft: Draft
  names: Names
  onChange(draft: Draft): void
}

/** What no column says because it is the same for the whole file: the day of a survey, the channel of a log. */
export function ConstantForm({ draft, names, onChange }: ConstantFormProps) {
  const { t } = useLanguage()
  const fields = names.fieldsOf(draft.kind).filter(({ id }) => draft.columns[id] === undefined)
  const [chosen, choose] = useState<string>()
  const [value, setValue] = useState('')
  const field = fields.find(({ id }) => id === chosen) ?? missing(draft, fields)[0] ?? fields[0]
  if (!field) return null
  const add = () => {
    onChange({ ...draft, columns: { ...draft.columns, [field.id]: { constant: value.trim() } } })
    choose(undefined)
    setValue('')
  }
  return (
    <fieldset className="zy-constant">
      <legend>{t(texts.addConstant)}</legend>
      <Labelled inline name={t(texts.constantField)}>
        {(id) => (
          <Select
            id={id}
            value={field.id}
            onChange={choose}
            popupMatchSelectWidth={false}
            options={fields.map((one) => ({ value: one.id, label: names.field(one.id) }))}
          />
        )}
      </Labelled>
      <Labelled inline name={t(texts.constantValue)}>
        {(id) =>
          field.oneOf ? (
            <Select
              id={id}
              value={value || null}
              onChange={(code: string) => setValue(code)}
              popupMatchSelectWidth={false}
              options={field.oneOf.map((code) => ({ value: code, label: names.value(code) }))}
            />
          ) : (
            <Input
              id={id}
              value={value}
              placeholder={t(field.type === 'timestamp' ? texts.constantHint_timestamp : texts.constantHint)}
              onChange={({ target }) => setValue(target.value)}
              onPressEnter={() => value.trim() && add()}
            />
          )
        }
      </Labelled>
      <Button disabled={!value.trim()} onClick={add}>
        {t(texts.add)}
      </Button>
    </fieldset>
  )
}
