import { readMetrics } from '#features/experience/contract.ts'
import { channels, readModel } from '#features/journeys/contract.ts'
import { texts as modelTexts } from '#features/journeys/texts.ts'
import { listProcesses } from '#features/processes/contract.ts'
import { useRead } from '#ui/api.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import type { Parameter } from './schema.ts'

/** For parameters that name something the bank knows, what there is to choose, under its name. */
export function useKnownValues(parameters: readonly Parameter[]) {
  const { t, language } = useLanguage()
  const { places, permissions } = useReader()
  const asks = (...names: string[]) => parameters.some(({ name }) => names.includes(name))
  const experience = permissions.has('experience.read')
  const metrics = useRead(readMetrics, {}, { enabled: experience && asks('metric', 'metrics') })
  const model = useRead(readModel, {}, { enabled: experience && asks('touchpoint', 'journey', 'stage') })
  const processes = useRead(listProcesses, {}, { enabled: permissions.has('processes.read') && asks('process') })
  const journeys = model.data?.journeys ?? []
  const stages = journeys.flatMap((journey) => journey.stages)
  const option = (thing: { id: string; name: string; nameEn?: string | null }) => ({
    value: thing.id,
    label: nameIn(thing, language),
  })
  return ({ name, choices }: Parameter): { value: string; label: string }[] | undefined => {
    const allowed = ({ value }: { value: string }) => choices.length === 0 || choices.includes(value)
    switch (name) {
      case 'metric':
      case 'metrics':
        return metrics.data?.metrics
          .map(({ id, name: named }) => ({ value: id, label: named[language] }))
          .filter(allowed)
      case 'touchpoint':
        return stages.flatMap((stage) => stage.touchpoints).map(option)
      case 'journey':
        return journeys.map(option)
      case 'stage':
        return stages.map(option)
      case 'unit':
        return places.map(option)
      case 'process':
        return processes.data?.processes.map(option)
      case 'channel':
        return channels.map((channel) => ({ value: channel, label: t(modelTexts[`channel_${channel}`]) }))
      default:
        return undefined
    }
  }
}
