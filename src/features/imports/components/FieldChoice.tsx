import { Input, InputNumber, Select } from 'antd'
import { useLanguage } from '#ui/i18n.ts'
import { Labelled } from '#ui/Labelled.tsx'
import { texts } from '../texts.ts'
import {
  assign,
  asItem,
  type ColumnSource,
  type Draft,
  fieldOf,
  type Item,
  itemOf,
  lookOf,
  readAs,
  readElsewhere,
  type SeenColumn,
  scaleOf,
} from './draft.ts'
import type { Names } from './names.ts'

interface FieldChoiceProps {
  column: SeenColumn
  draft: Draft
  names: Names
  /** The guess it began with; what differs is the reader's word. */
  guessed: string | undefined
  onChange(draft: Draft): void
}

const item = '\u0000item'

/** One column of the file: its name and samples, what it means, and how its text is read. */
export function FieldChoice({ column, draft, names, guessed, onChange }: FieldChoiceProps) {
  const { t, format } = useLanguage()
  const fields = names.fieldsOf(draft.kind)
  const field = fieldOf(draft, column.name)
  const asked = itemOf(draft, column.name)
  const known = fields.find(({ id }) => id === field)
  const look = lookOf(column.samples)
  const option = (id: string) => ({ value: id, label: names.field(id) })
  const rest = draft.rest === 'drop' ? texts.dropped : texts.attribute
  const choose = (chosen: string | undefined) => {
    if (chosen !== item) return onChange(assign(draft, column.name, chosen))
    onChange(asItem(draft, { column: column.name, metric: 'other', scale: scaleOf(column.samples) ?? [0, 10] }))
  }
  const setItem = (change: Partial<Item>) =>
    asked &&
    onChange({ ...draft, items: draft.items?.map((one) => (one === asked ? { ...one, ...change } : one)) ?? [] })
  return (
    <li className={field || asked ? 'zy-map' : 'zy-map zy-map-rest'}>
      <div className="zy-map-column">
        <b>{column.name}</b>
        <span className="zy-quiet">
          {t(texts[`look_${look}`])}
          {column.filled < 1 && look !== 'empty'
            ? ` · ${t(texts.filled, { share: format.percent(column.filled, { digits: 0 }) })}`
            : ''}
        </span>
        <span className="zy-samples">
          {column.samples.map((sample) => (
            <code key={sample}>{sample}</code>
          ))}
        </span>
      </div>
      <div className="zy-map-meaning">
        <Select
          aria-label={t(texts.meaningOf, { column: column.name })}
          value={asked ? item : (field ?? '')}
          onChange={(chosen: string) => choose(chosen || undefined)}
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          options={[
            { value: '', label: t(rest) },
            ...(draft.kind === 'responses' ? [{ value: item, label: t(texts.asItem) }] : []),
            {
              label: t(texts.groupNeeded),
              options: fields.filter(({ required }) => required).map(({ id }) => option(id)),
            },
            {
              label: t(texts.groupOther),
              options: fields.filter(({ required }) => !required).map(({ id }) => option(id)),
            },
          ]}
        />
        <span className="zy-quiet zy-map-note">
          {readElsewhere(draft, column.name) && !field
            ? t(texts.used)
            : field && field === column.guess?.field
              ? t(texts.sure, { share: format.percent(column.guess.confidence, { digits: 0 }) })
              : field !== guessed
                ? t(texts.changed)
                : null}
          {known?.personal ? ` · ${t(texts.personal)}` : ''}
        </span>
        {asked ? <ItemForm asked={asked} onChange={setItem} /> : null}
        {field && (known?.type === 'timestamp' || known?.type === 'date') ? (
          <Labelled inline name={t(texts.format)}>
            {(id) => (
              <Input
                id={id}
                className="zy-map-format"
                size="small"
                placeholder={t(texts.formatAuto)}
                value={sourceOf(draft, field).format ?? ''}
                onChange={({ target }) => onChange(readAs(draft, field, { format: target.value }))}
              />
            )}
          </Labelled>
        ) : null}
        {field && known?.type === 'double' && column.samples.some((sample) => sample.includes(',')) ? (
          <Labelled inline name={t(texts.decimal)}>
            {(id) => (
              <Select
                id={id}
                size="small"
                value={sourceOf(draft, field).decimal ?? null}
                placeholder={t(texts.pleaseChoose)}
                onChange={(decimal: '.' | ',') => onChange(readAs(draft, field, { decimal }))}
                popupMatchSelectWidth={false}
                options={(['.', ','] as const).map((sign) => ({ value: sign, label: t(texts[`decimal_${sign}`]) }))}
              />
            )}
          </Labelled>
        ) : null}
        {field && known?.oneOf ? (
          <Values
            allowed={known.oneOf}
            samples={column.samples}
            values={sourceOf(draft, field).values ?? {}}
            names={names}
            onChange={(values) => onChange(readAs(draft, field, { values }))}
          />
        ) : null}
      </div>
    </li>
  )
}

const sourceOf = (draft: Draft, field: string): ColumnSource => {
  const source = draft.columns[field]
  return typeof source === 'object' && !('constant' in source) ? source : {}
}

const metrics = ['nps', 'csat', 'ces', 'other'] as const

function ItemForm({ asked, onChange }: { asked: Item; onChange(change: Partial<Item>): void }) {
  const { t } = useLanguage()
  const [low, high] = asked.scale
  return (
    <span className="zy-map-extra">
      <Select
        size="small"
        aria-label={`${t(texts.metric)}: ${asked.column}`}
        value={asked.metric}
        onChange={(metric) => onChange({ metric })}
        popupMatchSelectWidth={false}
        options={metrics.map((metric) => ({ value: metric, label: t(texts[`metric_${metric}`]) }))}
      />
      {t(texts.scale)}
      <InputNumber
        size="small"
        aria-label={`${t(texts.scaleLow)}: ${asked.column}`}
        value={low}
        onChange={(value) => value !== null && onChange({ scale: [value, high] })}
      />
      –
      <InputNumber
        size="small"
        aria-label={`${t(texts.scaleHigh)}: ${asked.column}`}
        value={high}
        onChange={(value) => value !== null && onChange({ scale: [low, value] })}
      />
    </span>
  )
}

interface ValuesProps {
  allowed: readonly string[]
  samples: readonly string[]
  values: NonNullable<ColumnSource['values']>
  names: Names
  onChange(values: NonNullable<ColumnSource['values']>): void
}

/** Values of the file that are none of the codes allowed: which of them each is. */
function Values({ allowed, samples, values, names, onChange }: ValuesProps) {
  const { t } = useLanguage()
  const foreign = [...new Set([...Object.keys(values), ...samples])].filter(
    (value) => !allowed.includes(value) && value,
  )
  if (foreign.length === 0) return null
  return (
    <fieldset className="zy-map-values">
      <legend className="zy-quiet">{t(texts.values)}</legend>
      {foreign.map((value) => (
        <span key={value} className="zy-map-extra">
          <code>{value}</code>
          <Select
            size="small"
            aria-label={t(texts.valueOf, { value })}
            value={typeof values[value] === 'string' ? (values[value] as string) : ''}
            onChange={(code: string) => {
              const { [value]: _, ...others } = values
              onChange(code ? { ...others, [value]: code } : others)
            }}
            popupMatchSelectWidth={false}
            options={[
              { value: '', label: t(texts.valueKeep) },
              ...allowed.map((code) => ({ value: code, label: names.value(code) })),
            ]}
          />
        </span>
      ))}
    </fieldset>
  )
}
