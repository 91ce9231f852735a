import { Segmented } from 'antd'
import { useState } from 'react'
import type { AnswerOf } from '#contract/route.ts'
import { facets } from '#features/journeys/contract.ts'
import { texts as modelTexts } from '#features/journeys/texts.ts'
import { Answer } from '#ui/Answer.tsx'
import { useAddress, useReading } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { DotWhisker } from '#ui/charts/DotWhisker.tsx'
import { FunnelPlot } from '#ui/charts/FunnelPlot.tsx'
import { TrendChart } from '#ui/charts/TrendChart.tsx'
import { DetailDrawer } from '#ui/DetailDrawer.tsx'
import { Figure } from '#ui/Figure.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { Loading } from '#ui/states.tsx'
import { readTouchpoint } from '../contract.ts'
import { texts } from '../texts.ts'
import { HurtsMost } from './HurtsMost.tsx'
import { MetricEvidence } from './MetricEvidence.tsx'
import { useChannelName } from './Parts.tsx'
import { fromZero, writtenOf } from './written.ts'

type Touchpoint = AnswerOf<typeof readTouchpoint>

/** One touchpoint: how it went, where, through which channel, and what was found. */
export function TouchpointDrawer({ id, onClose }: { id: string | undefined; onClose(): void }) {
  const { t, language } = useLanguage()
  const reading = useReading()
  const { address } = useAddress()
  const query = useRead(
    readTouchpoint,
    { params: { id: id ?? '-' }, query: { ...reading, ...(address.channel ? { channel: address.channel } : {}) } },
    { enabled: id !== undefined },
  )
  const known = query.data?.id === id ? query.data : undefined
  return (
    <DetailDrawer
      open={id !== undefined}
      onClose={onClose}
      width={820}
      title={known?.name[language] ?? t(modelTexts.touchpoint)}
    >
      {id === undefined ? null : (
        <Answer query={query} skeleton={<Loading rows={12} />}>
          {(touchpoint) => <Detail key={touchpoint.id} touchpoint={touchpoint} />}
        </Answer>
      )}
    </DetailDrawer>
  )
}

function Detail({ touchpoint }: { touchpoint: Touchpoint }) {
  const { t, language, format } = useLanguage()
  const { address } = useAddress()
  const channelName = useChannelName()
  const facet = facets.find((known) => known === touchpoint.facet)
  const first = touchpoint.metrics.find(({ metric }) => metric === (address.metric ?? 'csat')) ?? touchpoint.metrics[0]
  const [chosen, choose] = useState(first?.metric)
  const metric = touchpoint.metrics.find((item) => item.metric === chosen) ?? first
  return (
    <>
      <p className="zy-quiet zy-drawer-lead">
        {[
          t(texts.stageOf, { journey: touchpoint.journey[language], stage: touchpoint.stage[language] }),
          t(modelTexts[`phase_${touchpoint.phase}`]),
          channelName(touchpoint.channel),
          facet ? t(modelTexts[`facet_${facet}`]) : touchpoint.facet,
        ].join(' · ')}
        {touchpoint.moments.length ? (
          <>
            <br />★{' '}
            {t(texts.momentsHere, { moments: format.list(touchpoint.moments.map((moment) => moment[language])) })}
          </>
        ) : null}
      </p>
      {metric ? (
        <>
          <div className="zy-choices">
            <Segmented
              aria-label={t(texts.metric)}
              value={metric.metric}
              onChange={choose}
              options={touchpoint.metrics.map((item) => ({ value: item.metric, label: item.name[language] }))}
            />
          </div>
          <Measure touchpoint={touchpoint} item={metric} />
        </>
      ) : (
        <p>{t(texts.unmeasured)}</p>
      )}
      <Section title={t(texts.findingsHere)}>
        <HurtsMost touchpoint={touchpoint.id} unit={address.unit} limit={3} />
      </Section>
    </>
  )
}

function Measure({ touchpoint, item }: { touchpoint: Touchpoint; item: Touchpoint['metrics'][number] }) {
  const { t, language } = useLanguage()
  const channelName = useChannelName()
  const written = writtenOf(item.metric)
  const name = item.name[language]
  const comparison = { written, target: item.target, overall: item.figure.value }
  return (
    <>
      <p style={{ margin: '16px 0 8px' }}>
        <Figure
          size="headline"
          name={name}
          measured={item.figure}
          written={written}
          change={item.change}
          evidence={
            <MetricEvidence
              metric={item.metric}
              place={touchpoint.name[language]}
              figure={item.figure}
              target={item.target}
              period={touchpoint.period}
              evidence={item.evidence}
            />
          }
        />
      </p>
      <Section title={t(texts.trend, { metric: name })}>
        <TrendChart
          title={name}
          points={item.trend}
          written={written}
          target={item.target}
          fromZero={fromZero(item.metric)}
          height={220}
        />
      </Section>
      {item.byUnit.length > 1 ? (
        <Section title={t(texts.byUnit, { metric: name })} note={t(texts.unitsNote)}>
          {item.byUnit.length > 12 ? (
            <FunnelPlot
              title={`${t(texts.funnel, { metric: name })} · ${t(texts.funnelNote)}`}
              sizeName="n"
              written={written}
              fromZero={fromZero(item.metric)}
              rows={item.byUnit.map((unit) => ({ id: unit.id, name: unit.name[language], measured: unit.figure }))}
            />
          ) : (
            <DotWhisker
              {...comparison}
              caption={t(texts.byUnit, { metric: name })}
              nameHead={t(texts.unit)}
              rows={item.byUnit.map((unit) => ({ id: unit.id, name: unit.name[language], measured: unit.figure }))}
            />
          )}
        </Section>
      ) : null}
      {item.byChannel.length > 1 ? (
        <Section title={t(texts.byChannel, { metric: name })}>
          <DotWhisker
            {...comparison}
            caption={t(texts.byChannel, { metric: name })}
            nameHead={t(texts.channel)}
            rows={item.byChannel.map((channel) => ({
              id: channel.channel,
              name: channelName(channel.channel),
              measured: channel.figure,
            }))}
          />
        </Section>
      ) : null}
    </>
  )
}
