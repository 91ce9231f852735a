import { Select } from 'antd'
import type { AnswerOf } from '#contract/route.ts'
import { channels } from '#features/journeys/contract.ts'
import { texts as modelTexts } from '#features/journeys/texts.ts'
import { Answer } from '#ui/Answer.tsx'
import { useAddress, useReading } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { FilterSentence } from '#ui/FilterSentence.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { ActAndVerify } from '../components/ActAndVerify.tsx'
import { Headlines } from '../components/Headlines.tsx'
import { HurtsMost } from '../components/HurtsMost.tsx'
import { JourneyMap } from '../components/JourneyMap.tsx'
import { NoFactsThen } from '../components/NoFactsThen.tsx'
import { Parts } from '../components/Parts.tsx'
import { TouchpointDrawer } from '../components/TouchpointDrawer.tsx'
import { readMetrics, readOverview } from '../contract.ts'
import { texts } from '../texts.ts'

/** 体验总览: is experience better or worse, where, what hurts most, what is being done, what has helped. */
export default function Overview() {
  const { t } = useLanguage()
  const { address, set } = useAddress()
  const reading = useReading()
  const query = useRead(readOverview, {
    query: {
      ...reading,
      ...(address.channel ? { channel: address.channel } : {}),
      ...(address.metric ? { metric: address.metric } : {}),
    },
  })
  return (
    <>
      <Answer
        query={query}
        skeleton={
          <Page title={t(texts.overview)}>
            <Loading rows={14} />
          </Page>
        }
      >
        {(overview) => <Picture overview={overview} />}
      </Answer>
      <TouchpointDrawer id={address.tp} onClose={() => set({ tp: undefined })} />
    </>
  )
}

function Picture({ overview }: { overview: AnswerOf<typeof readOverview> }) {
  const { t, language, format } = useLanguage()
  const { address, set } = useAddress()
  const unit = address.unit
  if (overview.newestDay === null)
    return (
      <Page title={t(texts.overview)}>
        <Empty title={t(texts.empty)} action={<PageLink to="/import">{t(texts.importNow)}</PageLink>}>
          {t(texts.emptyWhy)}
        </Empty>
      </Page>
    )
  const days = t(texts.compared, {
    from: format.day(overview.period.from),
    to: format.day(overview.period.to),
    beforeFrom: format.day(overview.compared.from),
    beforeTo: format.day(overview.compared.to),
  })
  return (
    <Page title={t(texts.overview)} sentence={overview.sentence[language]}>
      <p className="zy-quiet zy-days">
        {days} · {t(texts.upTo, { day: format.day(overview.newestDay) })}
      </p>
      <NoFactsThen from={overview.period.from} />
      <FilterSentence
        subject={t(texts.only)}
        filters={[
          {
            id: 'channel',
            name: t(texts.channel),
            value: address.channel,
            options: channels.map((channel) => ({ value: channel, name: t(modelTexts[`channel_${channel}`]) })),
          },
        ]}
        onChange={(id, value) => set({ [id]: value })}
      />
      <Headlines headlines={overview.headlines} period={overview.period} newestDay={overview.newestDay} />
      <div className="zy-two">
        <Section
          title={t(texts.heatMap)}
          note={t(texts.heatMapNote, { metric: overview.heatMap.name[language] })}
          actions={<MetricChoice value={overview.heatMap.metric} onChange={(metric) => set({ metric })} />}
        >
          {overview.heatMap.journeys.length > 0 ? (
            <JourneyMap heatMap={overview.heatMap} openId={address.tp} onOpen={(tp) => set({ tp })} />
          ) : (
            <Empty title={t(texts.noModel)} action={<PageLink to="/model">{t(texts.drawModel)}</PageLink>}>
              {t(texts.noModelWhy)}
            </Empty>
          )}
        </Section>
        <div>
          <Section title={t(texts.hurts)} note={t(texts.hurtsNote)}>
            <HurtsMost unit={unit} />
          </Section>
          <ActAndVerify unit={unit} />
        </div>
      </div>
      <Parts overview={overview} />
    </Page>
  )
}

function MetricChoice({ value, onChange }: { value: string; onChange(metric: string): void }) {
  const { t, language } = useLanguage()
  const { data } = useRead(readMetrics, {})
  return (
    <Select
      size="small"
      aria-label={t(texts.metric)}
      value={value}
      onChange={onChange}
      popupMatchSelectWidth={false}
      options={(data?.metrics ?? []).map((metric) => ({ value: metric.id, label: metric.name[language] }))}
    />
  )
}
