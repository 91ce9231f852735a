import { App, Button, Form, Input, InputNumber, Select } from 'antd'
import type { z } from 'zod'
import { readMetrics } from '#features/experience/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { faultOf, useRead, useWrite } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Problem } from '#ui/states.tsx'
import { endTarget, type journey, readTargets, setTarget, type target } from '../contract.ts'
import { texts } from '../texts.ts'

type Target = z.infer<typeof target>
const stale = ['targets', 'overview', 'touchpoint', 'findings']

/** What each metric is meant to reach, where and from when; the most specific target in force wins. */
export function Targets({ journeys }: { journeys: readonly z.infer<typeof journey>[] }) {
  const { t, language } = useLanguage()
  const { message } = App.useApp()
  const reader = useReader()
  const query = useRead(readTargets, {})
  const metrics = useRead(readMetrics, {})
  const end = useWrite(endTarget, stale)
  const may = reader.permissions.has('targets.write')
  const touchpoints = journeys.flatMap((item) => item.stages.flatMap((stage) => stage.touchpoints))
  const placeName = (row: Target) => {
    const point = touchpoints.find(({ id }) => id === row.touchpointId)
    const unit = reader.places.find(({ id }) => id === row.unitId)
    if (!row.touchpointId && !row.unitId) return t(texts.everywhere)
    const parts = [
      row.touchpointId ? (point ? nameIn(point, language) : row.touchpointId) : t(texts.allTouchpoints),
      row.unitId ? (unit ? nameIn(unit, language) : row.unitId) : t(texts.allUnits),
    ]
    return parts.join(' · ')
  }
  const metricName = (id: string) => metrics.data?.metrics.find((metric) => metric.id === id)?.name[language] ?? id
  const columns: Column<Target>[] = [
    { id: 'metric', title: t(texts.metric), value: (row) => metricName(row.metric) },
    { id: 'place', title: t(texts.place), value: placeName },
    { id: 'value', title: t(texts.value), numeric: true, value: (row) => row.value },
    { id: 'from', title: t(texts.from), value: (row) => row.effectiveFrom },
    { id: 'to', title: t(texts.to), value: (row) => row.effectiveTo ?? t(texts.open) },
    ...(may
      ? [
          {
            id: 'end',
            title: ' ',
            value: () => '',
            render: (row: Target) =>
              row.effectiveTo === null && row.effectiveFrom < reader.today ? (
                <Button
                  size="small"
                  type="text"
                  onClick={() =>
                    end.mutate(
                      { params: { id: row.id }, body: { on: reader.today } },
                      { onError: (error) => message.error(faultOf(error, language).title) },
                    )
                  }
                >
                  {t(texts.endTarget)}
                </Button>
              ) : null,
          },
        ]
      : []),
  ]
  return (
    <Section title={t(texts.targets)}>
      {may ? <TargetForm touchpoints={touchpoints} metrics={metrics.data?.metrics ?? []} /> : null}
      <Answer query={query}>
        {({ targets }) =>
          targets.length === 0 ? (
            <Empty title={t(texts.noTargets)}>{t(texts.noTargetsWhy)}</Empty>
          ) : (
            <DataTable caption={t(texts.targets)} rows={targets} columns={columns} rowKey={(row) => row.id} />
          )
        }
      </Answer>
    </Section>
  )
}

interface TargetFormProps {
  touchpoints: readonly { id: string; name: string; nameEn: string }[]
  metrics: readonly { id: string; name: { zh: string; en: string } }[]
}

type Fields = z.input<typeof setTarget.body & object>

function TargetForm({ touchpoints, metrics }: TargetFormProps) {
  const { t, language, format } = useLanguage()
  const { message } = App.useApp()
  const { places, today } = useReader()
  const [form] = Form.useForm<Fields>()
  const set = useWrite(setTarget, stale)
  const save = (fields: Fields) =>
    set.mutate(
      { body: { ...fields, touchpointId: fields.touchpointId ?? null, unitId: fields.unitId ?? null } },
      {
        onSuccess: () => {
          message.success(t(texts.targetSet, { day: format.day(fields.effectiveFrom) }))
          form.resetFields()
        },
      },
    )
  const search = { optionFilterProp: 'label' } as const
  return (
    <Form
      form={form}
      layout="inline"
      onFinish={save}
      initialValues={{ effectiveFrom: today }}
      style={{ gap: 8, marginBottom: 16 }}
    >
      {set.isError ? <Problem kind="write" fault={faultOf(set.error, language)} /> : null}
      <Form.Item name="metric" label={t(texts.metric)} rules={[{ required: true }]}>
        <Select
          style={{ minWidth: 170 }}
          options={metrics.map(({ id, name }) => ({ value: id, label: name[language] }))}
        />
      </Form.Item>
      <Form.Item name="touchpointId" label={t(texts.touchpoint)}>
        <Select
          allowClear
          showSearch={search}
          style={{ minWidth: 190 }}
          placeholder={t(texts.allTouchpoints)}
          options={touchpoints.map((point) => ({ value: point.id, label: nameIn(point, language) }))}
        />
      </Form.Item>
      <Form.Item name="unitId" label={t(texts.unit)}>
        <Select
          allowClear
          showSearch={search}
          style={{ minWidth: 170 }}
          placeholder={t(texts.allUnits)}
          options={places.map((place) => ({ value: place.id, label: nameIn(place, language) }))}
        />
      </Form.Item>
      <Form.Item name="value" label={t(texts.value)} rules={[{ required: true }]} tooltip={t(texts.percentHint)}>
        <InputNumber step={0.1} />
      </Form.Item>
      <Form.Item name="effectiveFrom" label={t(texts.from)} rules={[{ required: true }]}>
        <Input type="date" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={set.isPending}>
        {t(texts.setTarget)}
      </Button>
    </Form>
  )
}
