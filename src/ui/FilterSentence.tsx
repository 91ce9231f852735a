import { CloseOutlined } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import { useLanguage } from './i18n.ts'
import { texts } from './texts.ts'
import './filter.css'

export interface Filter {
  id: string
  /** "渠道" */
  name: string
  options: readonly { value: string; name: string }[]
  value: string | undefined
}

interface FilterSentenceProps {
  /** What is being filtered: "发现", "案件". */
  subject: string
  filters: readonly Filter[]
  onChange(id: string, value: string | undefined): void
}

/** Filters read as a sentence: "发现 · 状态 是 新发现 · 渠道 是 手机银行". */
export function FilterSentence({ subject, filters, onChange }: FilterSentenceProps) {
  const { t } = useLanguage()
  const set = filters.filter((filter) => filter.value !== undefined)
  const unset = filters.filter((filter) => filter.value === undefined)
  const choices = (filter: Filter) =>
    filter.options.map((option) => ({
      key: option.value,
      label: option.name,
      onClick: () => onChange(filter.id, option.value),
    }))
  return (
    <div className="zy-filter">
      <span className="zy-quiet">{subject}</span>
      {set.map((filter) => (
        <span className="zy-filter-part" key={filter.id}>
          <Dropdown trigger={['click']} menu={{ items: choices(filter), selectedKeys: [filter.value ?? ''] }}>
            <Button size="small" type="text">
              {filter.name}：
              <b>{filter.options.find((option) => option.value === filter.value)?.name ?? filter.value}</b>
            </Button>
          </Dropdown>
          <Button
            size="small"
            type="text"
            icon={<CloseOutlined />}
            aria-label={t(texts.removeFilter, { name: filter.name })}
            onClick={() => onChange(filter.id, undefined)}
          />
        </span>
      ))}
      {unset.map((filter) => (
        <Dropdown key={filter.id} trigger={['click']} menu={{ items: choices(filter) }}>
          <Button size="small" type="dashed">
            {filter.name}
          </Button>
        </Dropdown>
      ))}
    </div>
  )
}
