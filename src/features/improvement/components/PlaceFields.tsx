import { Form, Select, TreeSelect } from 'antd'
import { readModel } from '#features/journeys/contract.ts'
import { useRead } from '#ui/api.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { texts } from '../texts.ts'
import { useMetrics } from './useMetrics.ts'

type Name = string | (string | number)[]

export function MetricField({ name }: { name: Name }) {
  const { t, language } = useLanguage()
  const metrics = useMetrics()
  return (
    <Form.Item name={name} label={t(texts.metric)} rules={[{ required: true, message: t(texts.needed) }]}>
      <Select options={metrics.map((metric) => ({ value: metric.id, label: metric.name[language] }))} />
    </Form.Item>
  )
}

export function TouchpointField({ name }: { name: Name }) {
  const { t, language } = useLanguage()
  const { data } = useRead(readModel, {})
  const touchpoints = (data?.journeys ?? []).flatMap((journey) => journey.stages.flatMap((stage) => stage.touchpoints))
  return (
    <Form.Item name={name} label={t(texts.touchpoint)} normalize={(value) => value ?? null}>
      <Select
        allowClear
        placeholder={t(texts.allTouchpoints)}
        showSearch={{ optionFilterProp: 'label' }}
        options={touchpoints.map((point) => ({ value: point.id, label: nameIn(point, language) }))}
      />
    </Form.Item>
  )
}

interface PlacesFieldProps {
  name: Name
  label: string
  several?: boolean
  disabled?: boolean
}

/** One unit of the reader's tree, or several. */
export function PlacesField({ name, label, several = false, disabled = false }: PlacesFieldProps) {
  const { t, language } = useLanguage()
  const { places } = useReader()
  return (
    <Form.Item name={name} label={label} rules={[{ required: true, message: t(texts.needed) }]}>
      <TreeSelect
        treeDataSimpleMode
        treeDefaultExpandAll
        multiple={several}
        disabled={disabled}
        showSearch={{ treeNodeFilterProp: 'title' }}
        treeData={places.map((place) => ({
          id: place.id,
          pId: place.parentId ?? 0,
          value: place.id,
          title: nameIn(place, language),
        }))}
      />
    </Form.Item>
  )
}
