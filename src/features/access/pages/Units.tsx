import type { z } from 'zod'
import { useAddress } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { FilterSentence } from '#ui/FilterSentence.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageAnswer } from '#ui/PageAnswer.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty } from '#ui/states.tsx'
import { type place, units } from '../contract.ts'
import { texts } from '../texts.ts'

type Unit = z.infer<typeof place>

const levels = ['head_office', 'province', 'city', 'branch', 'team'] as const
const kinds = ['administration', 'branch', 'contact_centre', 'digital', 'back_office'] as const

/** 机构: the part of the tree that the reader sees. */
export default function Units() {
  const { t } = useLanguage()
  const query = useRead(units, {})
  return (
    <PageAnswer title={t(texts.units)} query={query} rows={12}>
      {(answer) => <Tree units={answer.units} />}
    </PageAnswer>
  )
}

function Tree({ units: all }: { units: readonly Unit[] }) {
  const { t, language, format } = useLanguage()
  const { permissions } = useReader()
  const { address, set } = useAddress()
  if (all.length === 0)
    return (
      <Page title={t(texts.units)}>
        <Empty
          title={t(texts.unitsEmpty)}
          action={permissions.has('import.write') ? <PageLink to="/import">{t(texts.unitsImport)}</PageLink> : null}
        >
          {t(texts.unitsEmptyWhy)}
        </Empty>
      </Page>
    )
  const level = (id: string) => {
    const known = levels.find((one) => one === id)
    return known ? t(texts[`level_${known}`]) : id
  }
  const kind = (id: string) => {
    const known = kinds.find((one) => one === id)
    return known ? t(texts[`kind_${known}`]) : id
  }
  const depth = depthsOf(all)
  const names = new Map(all.map((unit) => [unit.id, nameIn(unit, language)]))
  const counted = levels.flatMap((one) => {
    const count = all.filter((unit) => unit.level === one).length
    return count ? [t(texts.levelCount, { level: level(one), count: format.number(count) })] : []
  })
  const shown = all.filter(
    (unit) => (!address.level || unit.level === address.level) && (!address.kind || unit.kind === address.kind),
  )
  const flat = shown.length < all.length
  const columns: Column<Unit>[] = [
    {
      id: 'name',
      title: t(texts.unitName),
      value: (row) => nameIn(row, language),
      render: (row) => (
        <span style={{ display: 'block', paddingInlineStart: flat ? 0 : `${(depth.get(row.id) ?? 0) * 1.6}em` }}>
          {nameIn(row, language)}
        </span>
      ),
    },
    { id: 'level', title: t(texts.level), value: (row) => level(row.level) },
    { id: 'kind', title: t(texts.kind), value: (row) => kind(row.kind) },
    { id: 'above', title: t(texts.above), value: (row) => (row.parentId ? names.get(row.parentId) : null) },
    { id: 'id', title: t(texts.unitId), value: (row) => row.id, render: (row) => <code>{row.id}</code> },
    {
      id: 'look',
      title: ' ',
      value: () => '',
      render: (row) => (
        <PageLink to="/" also={{ unit: row.id }}>
          {t(texts.look)}
        </PageLink>
      ),
    },
  ]
  return (
    <Page
      title={t(texts.units)}
      sentence={t(texts.unitsSentence, { count: format.number(all.length), levels: format.list(counted) })}
      actions={permissions.has('import.write') ? <PageLink to="/import">{t(texts.unitsImport)}</PageLink> : null}
    >
      <FilterSentence
        subject={t(texts.units)}
        filters={[
          {
            id: 'level',
            name: t(texts.level),
            value: address.level,
            options: levels.map((value) => ({ value, name: level(value) })),
          },
          {
            id: 'kind',
            name: t(texts.kind),
            value: address.kind,
            options: kinds.map((value) => ({ value, name: kind(value) })),
          },
        ]}
        onChange={(id, value) => set({ [id]: value })}
      />
      <Section title={t(texts.units)}>
        <DataTable caption={t(texts.units)} rows={shown} columns={columns} rowKey={(row) => row.id} />
      </Section>
    </Page>
  )
}

/** Parents stand before their children. */
function depthsOf(all: readonly Unit[]): Map<string, number> {
  const depths = new Map<string, number>()
  for (const { id, parentId } of all) depths.set(id, parentId === null ? 0 : (depths.get(parentId) ?? -1) + 1)
  return depths
}
