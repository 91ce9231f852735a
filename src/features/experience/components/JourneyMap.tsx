import { useMemo } from 'react'
import type { z } from 'zod'
import { texts as modelTexts } from '#features/journeys/texts.ts'
import { HeatMap, type HeatRow, type HeatTile, type Shade } from '#ui/charts/HeatMap.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { writeInterval } from '#ui/interval.ts'
import type { AnswerOf } from '#contract/route.ts'
import type { cell, readOverview } from '../contract.ts'
import { texts } from '../texts.ts'
import { writtenOf } from './written.ts'

const phases = ['before', 'during', 'after'] as const
const shades: Record<z.infer<typeof cell>['state'], Shade> = {
  worse: 'worse',
  better: 'better',
  on_target: 'on-target',
  no_target: 'plain',
  too_few: 'too-few',
  unmeasured: 'unmeasured',
  no_record: 'plain',
  elsewhere: 'plain',
}

/** States without any number to show. */
const wordless: ReadonlySet<string> = new Set(['unmeasured', 'no_record', 'elsewhere'])

interface JourneyMapProps {
  heatMap: AnswerOf<typeof readOverview>['heatMap']
  openId: string | undefined
  onOpen(id: string): void
}

/** Journey × phase × stage × touchpoint: every touchpoint with its number, interval and n, shaded against its target only. */
export function JourneyMap({ heatMap, openId, onOpen }: JourneyMapProps) {
  const { t, language, format } = useLanguage()
  const written = writtenOf(heatMap.metric)
  const rows = useMemo((): HeatRow[] => {
    const options = written.digits === undefined ? {} : { digits: written.digits }
    const tile = (stage: string, item: z.infer<typeof cell>): HeatTile => {
      const value =
        item.figure && item.figure.value !== null ? format.value(item.figure.value, written.style, options) : null
      const interval = item.figure ? writeInterval(item.figure, written, format) : ''
      const n = item.figure ? `n = ${format.number(item.figure.n)}` : ''
      const words = [
        item.momentOfTruth ? t(modelTexts.momentOfTruth) : '',
        `${value ?? ''} ${interval}`.trim(),
        n,
        item.target === null
          ? ''
          : t(texts.versusTarget, { target: format.value(item.target, written.style, options) }),
        t(texts[item.state]),
      ]
      return {
        id: item.touchpointId,
        name: item.momentOfTruth ? `★ ${item.name[language]}` : item.name[language],
        value: value ?? t(texts[wordless.has(item.state) ? item.state : 'too_few']),
        small: value === null ? n : `${interval} ${n}`,
        shade: shades[item.state],
        label: `${stage} · ${item.name[language]}: ${words.filter(Boolean).join(', ')}`,
      }
    }
    return heatMap.journeys.map((journey) => ({
      id: journey.id,
      name: journey.name[language],
      columns: phases.map((phase) =>
        journey.stages
          .filter((stage) => stage.phase === phase)
          .map((stage) => ({
            id: stage.id,
            name: stage.name[language],
            tiles: stage.cells.map((item) => tile(stage.name[language], item)),
          })),
      ),
    }))
  }, [heatMap, language, t, format, written])
  return (
    <HeatMap
      caption={`${t(texts.heatMap)}: ${heatMap.name[language]}`}
      corner={t(texts.journey)}
      columns={phases.map((phase) => t(modelTexts[`phase_${phase}`]))}
      rows={rows}
      openId={openId}
      onOpen={onOpen}
      legend={(['worse', 'on_target', 'better', 'no_target', 'unmeasured'] as const).map((state) => ({
        shade: shades[state],
        name: t(texts[state]),
      }))}
    />
  )
}
