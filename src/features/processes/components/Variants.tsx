import { Button } from 'antd'
import { Chevrons } from '#ui/charts/Chevrons.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { texts } from '../texts.ts'
import { Time } from './Time.tsx'

export interface Variant {
  variant: number
  cases: number
  share: number
  length: number
  activities: string[]
  mean_days: number | null
  median_days: number | null
  times: 'ok' | 'few' | 'none'
}

interface VariantsProps {
  variants: readonly Variant[]
  total: number
  colourOf(step: string): number
  onMore?: (() => void) | undefined
}

const daySeconds = 86_400

/** The ways that cases took, the commonest first, each a strip of steps with its share and how long it takes. */
export function Variants({ variants, total, colourOf, onMore }: VariantsProps) {
  const { t, format } = useLanguage()
  const covered = variants.reduce((sum, { share }) => sum + share, 0)
  const columns: Column<Variant>[] = [
    {
      id: 'way',
      title: t(texts.way),
      value: (row) => row.activities.join(' → '),
      render: (row) => (
        <Chevrons
          steps={row.activities}
          colourOf={colourOf}
          moreName={(count) => t(texts.moreSteps, { count: format.number(count) })}
        />
      ),
      width: '64%',
    },
    {
      id: 'cases',
      title: t(texts.cases),
      numeric: true,
      value: (row) => row.cases,
      render: (row) => format.number(row.cases),
    },
    {
      id: 'share',
      title: t(texts.share),
      numeric: true,
      value: (row) => row.share,
      render: (row) => format.percent(row.share),
    },
    {
      id: 'median',
      title: t(texts.median),
      numeric: true,
      value: (row) => row.median_days,
      render: (row) => (
        <Time seconds={row.median_days === null ? null : row.median_days * daySeconds} times={row.times} />
      ),
    },
    {
      id: 'mean',
      title: t(texts.mean),
      numeric: true,
      optional: true,
      value: (row) => row.mean_days,
      render: (row) => <Time seconds={row.mean_days === null ? null : row.mean_days * daySeconds} times={row.times} />,
    },
  ]
  return (
    <Section title={t(texts.variants)} note={t(texts.variantsNote)}>
      <p className="zy-process-line">
        {t(texts.variantCovers, { count: format.number(variants.length), share: format.percent(covered) })}
      </p>
      <DataTable
        caption={t(texts.variants)}
        rows={variants}
        columns={columns}
        rowKey={(row) => String(row.variant)}
        totalOf={t(texts.ofCases, { count: format.number(total) })}
        foot={onMore ? <Button onClick={onMore}>{t(texts.moreVariants)}</Button> : null}
      />
    </Section>
  )
}
