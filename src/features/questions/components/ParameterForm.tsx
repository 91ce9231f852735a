import { Button, Form, Input, InputNumber, Select, Switch } from 'antd'
import { useMemo } from 'react'
import type { Text } from '#lib/text.ts'
import { useLanguage } from '#ui/i18n.ts'
import { choiceNames, parameterNames, texts } from '../texts.ts'
import { filled, type Parameter } from './schema.ts'
import { useKnownValues } from './useKnownValues.ts'
import './questions.css'

interface ParameterFormProps {
  parameters: readonly Parameter[]
  /** What was asked, or is proposed. */
  initial: Record<string, unknown>
  busy: boolean
  onAsk(values: Record<string, unknown>): void
}

/** A form made from the parameters of a question; names that the bank knows are offered instead of their codes. */
export function ParameterForm({ parameters, initial, busy, onAsk }: ParameterFormProps) {
  const { t } = useLanguage()
  const known = useKnownValues(parameters)
  const rules = useMemo(() => [{ required: true, message: t(texts.needed) }], [t])
  const start = Object.fromEntries(
    parameters.map(({ name, shape, fallback }) => {
      const value = initial[name] ?? fallback
      return [name, shape === 'json' && value !== undefined ? JSON.stringify(value) : value]
    }),
  )
  const say = (text: Text | undefined, otherwise: string) => (text ? t(text) : otherwise)
  const named = {
    parameter: (name: string) => say(parameterNames[name], name),
    choices: (values: readonly string[]) =>
      values.length ? values.map((value) => ({ value, label: say(choiceNames[value], value) })) : undefined,
  }
  if (parameters.length === 0) return <p className="zy-quiet">{t(texts.noParameters)}</p>
  return (
    <Form
      key={JSON.stringify(start)}
      layout="vertical"
      className="zy-question-form"
      initialValues={start}
      onFinish={(values: Record<string, unknown>) => onAsk(filled(parameters, values))}
    >
      {parameters.map((parameter) => (
        <Form.Item
          key={parameter.name}
          name={parameter.name}
          label={named.parameter(parameter.name)}
          tooltip={parameter.description}
          {...(parameter.needed ? { rules } : {})}
          {...(parameter.shape === 'yes-no' ? { valuePropName: 'checked' } : {})}
        >
          {control(
            parameter,
            known(parameter) ?? named.choices(parameter.choices),
            t(parameter.needed ? texts.choose : texts.anyValue),
          )}
        </Form.Item>
      ))}
      <Form.Item label=" " colon={false}>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t(texts.ask)}
        </Button>
      </Form.Item>
    </Form>
  )
}

function control(parameter: Parameter, known: { value: string; label: string }[] | undefined, any: string) {
  const { shape, low, high, needed } = parameter
  const search = { optionFilterProp: 'label' } as const
  const options = known ?? []
  const select = {
    allowClear: !needed,
    showSearch: search,
    popupMatchSelectWidth: false,
    placeholder: any,
    options,
  } as const
  if (shape === 'choices' || shape === 'texts') return <Select mode={known ? 'multiple' : 'tags'} {...select} />
  if (shape === 'choice' || (shape === 'text' && known)) return <Select {...select} />
  if (shape === 'day') return <Input type="date" />
  if (shape === 'yes-no') return <Switch size="small" />
  if (shape === 'whole' || shape === 'number')
    return (
      <InputNumber
        {...(low === undefined ? {} : { min: low })}
        {...(high === undefined ? {} : { max: high })}
        {...(shape === 'whole' ? { precision: 0 } : {})}
      />
    )
  return shape === 'json' ? <Input.TextArea rows={2} /> : <Input placeholder={any} />
}
