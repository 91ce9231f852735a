import { App, Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { useTold } from '#ui/told.tsx'
import { approveErasure, refuseErasure, refusals, withdrawErasure } from '../contract.ts'
import { texts } from '../texts.ts'
import { stale, type Whole } from './shown.ts'
import './erasures.css'

/** The second person approves, or refuses with a reason; who filed it withdraws. */
export function Decide({ of: { id, requestedBy, mayDecide } }: { of: Whole }) {
  const { t } = useLanguage()
  const { message } = App.useApp()
  const reader = useReader()
  const { failed: refused } = useTold()
  const [refusing, setRefusing] = useState(false)
  const approve = useWrite(approveErasure, stale)
  const withdraw = useWrite(withdrawErasure, stale)
  const own = requestedBy === reader.id
  const told = (words: string) => ({ onError: refused, onSuccess: () => void message.success(words) })
  const why = own ? texts.ownRequest : texts.otherHand
  return (
    <Section title={t(texts.decision)} note={mayDecide ? t(texts.approveNote) : t(why)}>
      <div className="zy-erasure-buttons">
        {mayDecide ? (
          <Button
            type="primary"
            loading={approve.isPending}
            onClick={() => approve.mutate({ params: { id } }, told(t(texts.approved)))}
          >
            {t(texts.approve)}
          </Button>
        ) : null}
        {mayDecide ? (
          <Button aria-expanded={refusing} onClick={() => setRefusing(!refusing)}>
            {t(texts.refuse)}…
          </Button>
        ) : null}
        {own ? (
          <Button
            loading={withdraw.isPending}
            onClick={() => withdraw.mutate({ params: { id } }, told(t(texts.withdrawn)))}
          >
            {t(texts.withdraw)}
          </Button>
        ) : null}
      </div>
      {refusing ? <Refuse id={id} /> : null}
    </Section>
  )
}

function Refuse({ id }: { id: string }) {
  const { t } = useLanguage()
  const { message } = App.useApp()
  const { failed: refused } = useTold()
  const refuse = useWrite(refuseErasure, stale)
  return (
    <Form<{ reason: (typeof refusals)[number]; note: string }>
      layout="vertical"
      requiredMark={false}
      onFinish={(body) =>
        refuse.mutate(
          { params: { id }, body },
          { onError: refused, onSuccess: () => void message.success(t(texts.refused)) },
        )
      }
    >
      <Form.Item name="reason" label={t(texts.refusal)} rules={[{ required: true, message: t(texts.needed) }]}>
        <Select
          popupMatchSelectWidth={false}
          options={refusals.map((value) => ({ value, label: t(texts[`refusal_${value}`]) }))}
        />
      </Form.Item>
      <Form.Item
        name="note"
        label={t(texts.refusalNote)}
        rules={[{ required: true, whitespace: true, max: 2000, message: t(texts.needed) }]}
      >
        <Input.TextArea rows={3} maxLength={2000} />
      </Form.Item>
      <Button htmlType="submit" loading={refuse.isPending}>
        {t(texts.refuseDo)}
      </Button>
    </Form>
  )
}
