import { Button, Form, Input, InputNumber, Radio, Select } from 'antd'
import type { ReactNode } from 'react'
import { addDays, daysBetween } from '#lib/time.ts'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { designs, minEffectWindowDays } from '../contract.ts'
import { texts } from '../texts.ts'
import type { Draft } from './draft.ts'
import { GuardFields } from './GuardFields.tsx'
import { PowerPanel } from './PowerPanel.tsx'
import { MetricField, PlacesField, TouchpointField } from './PlaceFields.tsx'
import { useMetrics } from './useMetrics.ts'
import { usePeople } from './usePeople.ts'
import './improvement.css'

interface PlanFormProps {
  initial: Partial<Draft>
  submit: string
  pending: boolean
  /** A new plan takes the advised design until another is chosen. */
  follow?: boolean
  /** Where it happens stays as it was planned. */
  fixedUnit?: boolean
  onSubmit(draft: Draft): void
  /** Said above the form: what went wrong, what it is for. */
  head?: ReactNode
}

/** What changes, how it is measured, what must not get worse, when it is judged; and how long that takes. */
export function PlanForm({
  initial,
  submit,
  pending,
  follow = false,
  fixedUnit = false,
  onSubmit,
  head,
}: PlanFormProps) {
  const { t } = useLanguage()
  const [form] = Form.useForm<Draft>()
  const metrics = useMetrics()
  const { owners } = usePeople()
  const draft = (Form.useWatch([], form) as Partial<Draft> | undefined) ?? initial
  const metric = metrics.find(({ id }) => id === draft.metric)
  const rules = [{ required: true, message: t(texts.needed) }]
  return (
    <Form
      form={form}
      layout="vertical"
      className="zy-plan"
      initialValues={initial}
      onFinish={onSubmit}
      scrollToFirstError
    >
      <div>
        {head}
        <Section title={t(texts.planWhat)}>
          <Form.Item name="title" label={t(texts.title)} rules={[{ ...rules[0], whitespace: true }]}>
            <Input maxLength={200} placeholder={t(texts.titleHint)} />
          </Form.Item>
          <Form.Item name="description" label={t(texts.description)}>
            <Input.TextArea rows={3} maxLength={4000} />
          </Form.Item>
          <div className="zy-plan-row">
            <PlacesField name="unitId" label={t(texts.unit)} disabled={fixedUnit} />
            <Form.Item name="ownerUserId" label={t(texts.owner)} normalize={(value) => value ?? null}>
              <Select
                allowClear
                placeholder={t(texts.noOwner)}
                showSearch={{ optionFilterProp: 'label' }}
                options={owners.map(({ id, name }) => ({ value: id, label: name }))}
              />
            </Form.Item>
            <Form.Item name="dueOn" label={t(texts.due)} rules={rules}>
              <Input type="date" />
            </Form.Item>
            <Form.Item name="cost" label={t(texts.cost)}>
              <InputNumber min={0} style={{ width: '100%' }} />
            </Form.Item>
          </div>
        </Section>
        <Section title={t(texts.planMeasure)} note={t(texts.planMeasureNote)}>
          <div className="zy-plan-row">
            <MetricField name="metric" />
            <TouchpointField name="touchpointId" />
            <PlacesField name="unitIds" label={t(texts.units)} several />
            <Form.Item name="size" label={t(texts.size)} rules={rules}>
              <InputNumber
                min={0.001}
                style={{ width: '100%' }}
                prefix={metric ? t(metric.direction === 'down' ? texts.size_down : texts.size_up) : undefined}
                suffix={metric ? t(texts[`entered_${metric.unit}` as 'entered_points']) : undefined}
              />
            </Form.Item>
          </div>
          <Form.Item name="design" label={t(texts.design)} rules={rules}>
            <Radio.Group
              vertical
              options={designs.map((design) => ({ value: design, label: t(texts[`design_${design}`]) }))}
            />
          </Form.Item>
        </Section>
        <Section title={t(texts.planGuards)} note={t(texts.planGuardsNote)}>
          <GuardFields />
        </Section>
        <Section title={t(texts.planWhen)}>
          <div className="zy-plan-row">
            <Form.Item name="startOn" label={t(texts.start)} rules={rules}>
              <Input type="date" />
            </Form.Item>
            <Form.Item
              name="analysisOn"
              label={t(texts.judged)}
              dependencies={['startOn']}
              rules={[
                rules[0] as { required: true; message: string },
                ({ getFieldValue }) => ({
                  validator: async (_, value?: string) => {
                    const start = getFieldValue('startOn') as string | undefined
                    if (start && value && daysBetween(start, value) < minEffectWindowDays)
                      throw new Error(t(texts.tooShort, { days: minEffectWindowDays }))
                  },
                }),
              ]}
            >
              <Input type="date" min={draft.startOn ? addDays(draft.startOn, minEffectWindowDays) : undefined} />
            </Form.Item>
          </div>
        </Section>
        <Button type="primary" htmlType="submit" loading={pending}>
          {submit}
        </Button>
      </div>
      <div className="zy-plan-power">
        <PowerPanel
          draft={draft}
          follow={follow && !form.isFieldTouched('design')}
          onDay={(day) => form.setFieldsValue({ analysisOn: day })}
          onDesign={(design) => form.setFieldsValue({ design })}
        />
      </div>
    </Form>
  )
}
