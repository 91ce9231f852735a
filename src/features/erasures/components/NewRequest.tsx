import { CloseOutlined } from '@ant-design/icons'
import { App, Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { faultOf, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { Problem } from '#ui/states.tsx'
import { grounds, previewErasure, requestErasure } from '../contract.ts'
import { texts } from '../texts.ts'
import { HeldTable } from './HeldTable.tsx'
import { stale } from './shown.ts'
import './erasures.css'

interface Fields {
  customers: { source: string; number: string }[]
  ground: (typeof grounds)[number]
  note?: string
}

/** Among the sources stands our own key, which no system of the bank may be called. */
const ownKey = '*'
const named = (customers: Fields['customers']) =>
  customers.map(({ source, number }) =>
    source === ownKey ? { key: Number(number.trim()) } : { source, number: number.trim() },
  )

/** Whom, why, and what would go: shown before it can be filed. A number never stands in the address. */
export function NewRequest({ sources, onFiled }: { sources: readonly string[]; onFiled(id: string): void }) {
  const { t, language } = useLanguage()
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const [seen, setSeen] = useState(false)
  const preview = useWrite(previewErasure)
  const file = useWrite(requestErasure, stale)
  const needed = [{ required: true, whitespace: true, message: t(texts.needed) }]
  const look = async () => {
    // Why is for the filing: what would go can be looked at before.
    const { customers } = await form.validateFields(['customers'], { recursive: true })
    preview.mutate({ body: { customers: named(customers) } }, { onSuccess: () => setSeen(true) })
  }
  const submit = ({ customers, ground, note }: Fields) =>
    file.mutate(
      { body: { customers: named(customers), ground, note: note ?? '' } },
      {
        onSuccess: ({ id }) => {
          message.success(t(texts.filed))
          onFiled(id)
        },
      },
    )
  const options = [
    ...sources.map((value) => ({ value, label: value === 'core' ? t(texts.source_core) : value })),
    { value: ownKey, label: t(texts.source_key) },
  ]
  const error = file.error ?? preview.error
  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      requiredMark={false}
      autoComplete="off"
      initialValues={{ customers: [{ source: sources.includes('core') ? 'core' : sources[0], number: '' }] }}
      onValuesChange={(changed: Partial<Fields>) => changed.customers && setSeen(false)}
      onFinish={submit}
    >
      <fieldset className="zy-erasure-who">
        <legend>{t(texts.who)}</legend>
        <p className="zy-quiet">{t(texts.whoNote)}</p>
        <Form.List name="customers">
          {(rows, { add, remove }) => (
            <>
              {rows.map(({ key, name }) => (
                <div key={key} className="zy-erasure-number">
                  <Form.Item name={[name, 'source']} rules={needed}>
                    <Select aria-label={t(texts.source)} options={options} popupMatchSelectWidth={false} />
                  </Form.Item>
                  <Form.Item
                    name={[name, 'number']}
                    dependencies={[['customers', name, 'source']]}
                    rules={[
                      ...needed,
                      ({ getFieldValue }) => ({
                        validator: (_, value: string) =>
                          getFieldValue(['customers', name, 'source']) !== ownKey || /^\s*[1-9]\d{0,15}\s*$/.test(value)
                            ? Promise.resolve()
                            : Promise.reject(new Error(t(texts.keyOnlyDigits))),
                      }),
                    ]}
                  >
                    <Input aria-label={t(texts.customerNumber)} placeholder={t(texts.customerNumber)} maxLength={200} />
                  </Form.Item>
                  <Button
                    type="text"
                    icon={<CloseOutlined />}
                    aria-label={t(texts.removeNumber)}
                    disabled={rows.length === 1}
                    onClick={() => remove(name)}
                  />
                </div>
              ))}
              {rows.length < 20 ? (
                <Button size="small" onClick={() => add({ source: sources[0], number: '' })}>
                  {t(texts.addNumber)}
                </Button>
              ) : null}
            </>
          )}
        </Form.List>
      </fieldset>
      <Form.Item name="ground" label={t(texts.ground)} rules={[{ required: true, message: t(texts.needed) }]}>
        <Select
          popupMatchSelectWidth={false}
          options={grounds.map((value) => ({ value, label: t(texts[`ground_${value}`]) }))}
        />
      </Form.Item>
      <Form.Item name="note" label={t(texts.note)}>
        <Input.TextArea rows={2} maxLength={2000} placeholder={t(texts.noteHint)} />
      </Form.Item>
      {error ? <Problem kind="write" fault={faultOf(error, language)} /> : null}
      {seen && preview.data ? (
        <Section title={t(texts.held)} note={t(texts.heldNote)}>
          <HeldTable
            name={t(texts.held)}
            facts={preview.data.held.facts}
            also={{ texts: preview.data.held.texts, records: preview.data.held.records }}
          />
        </Section>
      ) : null}
      <div className="zy-erasure-buttons">
        <Button
          type={seen ? 'default' : 'primary'}
          loading={preview.isPending}
          onClick={() => void look().catch(() => undefined)}
        >
          {t(texts.preview)}
        </Button>
        <Button type={seen ? 'primary' : 'default'} htmlType="submit" disabled={!seen} loading={file.isPending}>
          {t(texts.submit)}
        </Button>
      </div>
      <p className="zy-quiet">{t(texts.submitNote)}</p>
    </Form>
  )
}
