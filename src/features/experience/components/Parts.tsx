import type { AnswerOf } from '#contract/route.ts'
import { channels } from '#features/journeys/contract.ts'
import { texts as modelTexts } from '#features/journeys/texts.ts'
import { useAddress } from '#ui/address.ts'
import { DotWhisker } from '#ui/charts/DotWhisker.tsx'
import { Change } from '#ui/Figure.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import type { readOverview } from '../contract.ts'
import { texts } from '../texts.ts'
import { writtenOf } from './written.ts'

/** A channel's code as the reader knows it. */
export function useChannelName(): (code: string) => string {
  const { t } = useLanguage()
  return (code) => {
    const known = channels.find((channel) => channel === code)
    return known ? t(modelTexts[`channel_${known}`]) : code
  }
}

/** The same metric in the units one level below and in each channel; each leads one step down. */
export function Parts({ overview }: { overview: AnswerOf<typeof readOverview> }) {
  const { t, language } = useLanguage()
  const { set } = useAddress()
  const channelName = useChannelName()
  const { metric, name, overall, target } = overview.heatMap
  const written = writtenOf(metric)
  const common = { written, target, overall: overall.value }
  return (
    <div className="zy-two-even">
      {overview.units.length > 0 ? (
        <Section title={`${t(texts.units)} · ${name[language]}`} note={t(texts.unitsNote)}>
          <DotWhisker
            {...common}
            caption={`${t(texts.units)}: ${name[language]}`}
            nameHead={t(texts.unit)}
            rows={overview.units.map((unit) => ({
              id: unit.id,
              measured: unit.figure,
              name: (
                <button type="button" className="zy-link" onClick={() => set({ unit: unit.id })}>
                  {unit.name[language]}
                </button>
              ),
              extra: unit.change?.verdict ? <Change change={unit.change} written={written} /> : null,
            }))}
          />
        </Section>
      ) : null}
      {overview.channels.length > 0 ? (
        <Section title={`${t(texts.channels)} · ${name[language]}`} note={t(texts.channelsNote)}>
          <DotWhisker
            {...common}
            caption={`${t(texts.channels)}: ${name[language]}`}
            nameHead={t(texts.channel)}
            rows={overview.channels.map((channel) => ({
              id: channel.channel,
              measured: channel.figure,
              name: (
                <button type="button" className="zy-link" onClick={() => set({ channel: channel.channel })}>
                  {channelName(channel.channel)}
                </button>
              ),
              extra: channel.change?.verdict ? <Change change={channel.change} written={written} /> : null,
            }))}
          />
        </Section>
      ) : null}
    </div>
  )
}
