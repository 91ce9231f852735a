import { Button, Segmented } from 'antd'
import { readMetrics } from '#features/experience/contract.ts'
import { readModel } from '#features/journeys/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { useAddress } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { type Filter, FilterSentence } from '#ui/FilterSentence.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { FindingsTable } from '../components/FindingsTable.tsx'
import { Ledger, useLedgerSentence } from '../components/Ledger.tsx'
import { RankedList } from '../components/RankedList.tsx'
import { finderIds, useFinderName } from '../components/useFinderName.ts'
import { listFindings, readLedger, states } from '../contract.ts'
import { texts } from '../texts.ts'

const step = 50
const most = 200
const views = ['list', 'table', 'ledger'] as const

/** 问题发现: what hurts, ranked; decided on in the list; and the ledger of what was tested. */
export default function Findings() {
  const { t } = useLanguage()
  const { address, set } = useAddress()
  const view = views.find((one) => one === address.view) ?? 'list'
  const { sentence, filters, query, folded, filtered } = useFindings()
  const tested = useLedgerSentence()
  return (
    <Page
      title={t(texts.title)}
      sentence={view === 'ledger' ? tested : sentence}
      actions={
        <Segmented
          aria-label={t(texts.title)}
          value={view}
          onChange={(value) => set({ view: value === 'list' ? undefined : value })}
          options={[
            { value: 'list', label: t(texts.list) },
            { value: 'table', label: t(texts.asTable) },
            { value: 'ledger', label: t(texts.ledger) },
          ]}
        />
      }
    >
      {view === 'ledger' ? (
        <Ledger />
      ) : (
        <>
          <FilterSentence
            subject={t(texts.subject)}
            filters={filters}
            onChange={(id, value) => set({ [id]: id === 'state' ? (value ?? 'all') : value, size: undefined })}
          />
          <Answer query={query} skeleton={<Loading rows={10} />}>
            {({ items, total }) =>
              items.length === 0 ? (
                <Nothing filtered={filtered} />
              ) : (
                <Section title={t(texts.ranked)} note={t(texts.rankedNote)}>
                  {view === 'table' ? (
                    <FindingsTable items={items} />
                  ) : (
                    <RankedList items={items} folded={folded.data?.items ?? []} />
                  )}
                  {total > items.length && items.length < most ? (
                    <Button onClick={() => set({ size: String(items.length + step) }, { replace: true })}>
                      {t(texts.more)} ({items.length} / {total})
                    </Button>
                  ) : null}
                </Section>
              )
            }
          </Answer>
        </>
      )}
    </Page>
  )
}

/** What the address asks for, in words and in findings. */
function useFindings() {
  const { t, language, format } = useLanguage()
  const { address } = useAddress()
  const state = [...states, 'open', 'all'].find((known) => known === address.state) ?? 'open'
  const finder = finderIds.find((known) => known === address.finder)
  const wanted = {
    state: state as 'open',
    limit: Math.min(most, Number(address.size) || step),
    ...(address.unit ? { unit: address.unit } : {}),
    ...(address.metric ? { metric: address.metric } : {}),
    ...(finder ? { finder } : {}),
    ...(address.touchpoint ? { touchpoint: address.touchpoint } : {}),
    ...(address.current === 'yes' ? { current: 'yes' as const } : {}),
    ...(address.watched === 'yes' ? { watched: 'yes' as const } : {}),
  }
  const query = useRead(listFindings, { query: wanted })
  const folded = useRead(listFindings, { query: { ...wanted, limit: most, folded: 'yes' } })
  const fresh = useRead(listFindings, { query: { ...wanted, state: 'new', limit: 1 } })
  const filtered =
    state !== 'open' || [finder, address.metric, address.touchpoint, address.current, address.watched].some(Boolean)
  const [worst] = query.data?.items ?? []
  const total = query.data?.total ?? 0
  const sentence = !query.data
    ? ' '
    : filtered
      ? t(texts.sentenceFiltered, { total })
      : worst
        ? t(texts.sentenceOpen, {
            total,
            fresh: fresh.data?.total ?? 0,
            worst: worst.title[language],
            affected:
              worst.customersAffected > 0
                ? t(texts.sentenceAffected, { count: format.number(worst.customersAffected) })
                : '',
          })
        : t(texts.sentenceNone)
  return { query, folded, filtered, sentence, filters: useFilters(state, finder) }
}

function useFilters(state: string, finder: string | undefined): Filter[] {
  const { t, language } = useLanguage()
  const { address } = useAddress()
  const { places } = useReader()
  const finderName = useFinderName()
  const metrics = useRead(readMetrics, {})
  const model = useRead(readModel, {})
  // One step down the tree at a time; the picker above leads anywhere.
  const known = new Set(places.map(({ id }) => id))
  const below = places.filter((place) =>
    address.unit
      ? place.parentId === address.unit || place.id === address.unit
      : !place.parentId ||
        !known.has(place.parentId) ||
        places.find(({ id }) => id === place.parentId)?.parentId === null,
  )
  const touchpoints = (model.data?.journeys ?? []).flatMap((journey) =>
    journey.stages.flatMap((stage) => stage.touchpoints),
  )
  const yes = (name: string) => [{ value: 'yes', name }]
  return [
    {
      id: 'state',
      name: t(texts.state),
      value: state,
      options: (['open', ...states, 'all'] as const).map((value) => ({ value, name: t(texts[`state_${value}`]) })),
    },
    {
      id: 'metric',
      name: t(texts.metric),
      value: address.metric,
      options: (metrics.data?.metrics ?? []).map(({ id, name }) => ({ value: id, name: name[language] })),
    },
    {
      id: 'finder',
      name: t(texts.finder),
      value: finder,
      options: finderIds.map((id) => ({ value: id, name: finderName(id) })),
    },
    {
      id: 'unit',
      name: t(texts.unit),
      value: address.unit,
      options: below.map((place) => ({ value: place.id, name: nameIn(place, language) })),
    },
    {
      id: 'touchpoint',
      name: t(texts.touchpoint),
      value: address.touchpoint,
      options: touchpoints.map((point) => ({ value: point.id, name: nameIn(point, language) })),
    },
    { id: 'current', name: t(texts.current), value: address.current, options: yes(t(texts.currentYes)) },
    { id: 'watched', name: t(texts.watchedFilter), value: address.watched, options: yes(t(texts.watchedYes)) },
  ]
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useLanguage()
  const { set } = useAddress()
  const ledger = useRead(readLedger, {})
  if (ledger.data?.periods.length === 0)
    return (
      <Empty title={t(texts.noneOpen)} action={<PageLink to="/import">{t(texts.importNow)}</PageLink>}>
        {t(texts.neverTested)}
      </Empty>
    )
  const clear = { state: undefined, metric: undefined, finder: undefined, touchpoint: undefined }
  return (
    <Empty
      title={t(texts.none)}
      action={
        filtered ? (
          <Button onClick={() => set({ ...clear, current: undefined, watched: undefined })}>
            {t(texts.clearFilters)}
          </Button>
        ) : undefined
      }
    >
      {t(texts.noneWhy)}
    </Empty>
  )
}
