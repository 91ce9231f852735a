import { Button, Form, InputNumber } from 'antd'
import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import type { Draft } from './draft.ts'
import { MetricField, TouchpointField } from './PlaceFields.tsx'
import { useMetrics } from './useMetrics.ts'

/** What must not get worse for the sake of the measure, each with how much it may. */
export function GuardFields() {
  const { t } = useLanguage()
  const metrics = useMetrics()
  const guards = (Form.useWatch('guards') as Draft['guards']) ?? []
  return (
    <Form.List name="guards">
      {(fields, { add, remove }) => (
        <>
          {fields.map(({ key, name }) => {
            const unit = metrics.find(({ id }) => id === guards[name]?.metric)?.unit
            return (
              <div key={key} className="zy-guard">
                <MetricField name={[name, 'metric']} />
                <TouchpointField name={[name, 'touchpointId']} />
                <Form.Item name={[name, 'tolerance']} label={t(texts.tolerance)}>
                  <InputNumber
                    min={0}
                    placeholder={t(texts.toleranceNone)}
                    style={{ width: '100%' }}
                    suffix={unit ? t(texts[`entered_${unit}` as 'entered_points']) : undefined}
                  />
                </Form.Item>
                <Button type="text" onClick={() => remove(name)}>
                  {t(texts.removeGuard)}
                </Button>
              </div>
            )
          })}
          {fields.length < 10 ? (
            <Button size="small" onClick={() => add({ touchpointId: null })}>
              {t(texts.addGuard)}
            </Button>
          ) : null}
        </>
      )}
    </Form.List>
  )
}
