import { Switch } from 'antd'
import type { z } from 'zod'
import { readMetrics } from '#features/experience/contract.ts'
import { useAddress } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import type { coverageRow } from '../contract.ts'
import { texts } from '../texts.ts'

type Row = z.infer<typeof coverageRow>

const mark = { measured: '●', few: '◔', operational_only: '◑', unmeasured: '○' } as const
const lastDay = (row: Row): string | null =>
  row.measured.reduce<string | null>((last, { lastDay: day }) => (last && last > day ? last : day), null)
const rank = { unmeasured: 0, operational_only: 1, few: 2, measured: 3 } as const

/** Which touchpoints are measured, how and when last; the gaps first. */
export function Coverage({ rows }: { rows: readonly Row[] }) {
  const { t, language, format } = useLanguage()
  const { address, set } = useAddress()
  const onlyGaps = address.gaps === 'yes'
  const shown = [...rows]
    .filter((row) => !onlyGaps || row.state !== 'measured')
    .sort((a, b) => rank[a.state] - rank[b.state] || b.volume - a.volume)
  const en = language === 'en'
  const metrics = useRead(readMetrics, {})
  // "客户满意度（CSAT）" is CSAT here: the row has many of them.
  const short = (id: string) => {
    const name = metrics.data?.metrics.find((metric) => metric.id === id)?.name[language] ?? id
    return /[（(]([A-Z]+)[）)]/.exec(name)?.[1] ?? name
  }
  const columns: Column<Row>[] = [
    {
      id: 'name',
      title: t(texts.touchpoint),
      value: (row) => (en ? row.nameEn : row.name),
      render: (row) => `${row.momentOfTruth ? '★ ' : ''}${en ? row.nameEn : row.name}`,
    },
    { id: 'journey', title: t(texts.journey), value: (row) => (en ? row.journeyEn : row.journey) },
    { id: 'stage', title: t(texts.stage), value: (row) => (en ? row.stageEn : row.stage) },
    { id: 'channel', title: t(texts.channel), value: (row) => t(texts[`channel_${row.channel}`]) },
    { id: 'facet', title: t(texts.facet), value: (row) => t(texts[`facet_${row.facet}`]), optional: true },
    {
      id: 'state',
      title: t(texts.state),
      value: (row) => t(texts[row.state]),
      render: (row) => (
        <span
          className={
            row.state === 'measured'
              ? 'zy-nowrap'
              : row.state === 'unmeasured'
                ? 'zy-nowrap zy-gap zy-gap-none'
                : 'zy-nowrap zy-gap'
          }
        >
          {mark[row.state]} {t(texts[row.state])}
        </span>
      ),
    },
    {
      id: 'measured',
      title: t(texts.measures),
      value: (row) => row.measured.map(({ metric, n }) => `${short(metric)} ${format.number(n)}`).join(' · '),
    },
    {
      id: 'last',
      title: t(texts.lastDay),
      value: lastDay,
      render: (row) => <span className="zy-nowrap">{lastDay(row) ?? '—'}</span>,
    },
    {
      id: 'volume',
      title: t(texts.volume),
      numeric: true,
      value: (row) => row.volume,
      render: (row) => format.number(row.volume),
    },
  ]
  return (
    <Section title={t(texts.coverage)}>
      <DataTable
        caption={t(texts.coverage)}
        rows={shown}
        columns={columns}
        rowKey={(row) => row.touchpointId}
        tools={
          <label htmlFor="only-gaps">
            <Switch
              id="only-gaps"
              size="small"
              checked={onlyGaps}
              onChange={(on) => set({ gaps: on ? 'yes' : undefined })}
            />{' '}
            {t(texts.onlyGaps)}
          </label>
        }
      />
    </Section>
  )
}
