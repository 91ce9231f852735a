import { monthOf, type Period, quarterOf } from '#lib/period.ts'
import { addDays, type Day } from '#lib/time.ts'

export const presetIds = [
  'thisQuarter',
  'lastQuarter',
  'thisMonth',
  'lastMonth',
  'last90',
  'last365',
  'thisYear',
] as const
export type PresetId = (typeof presetIds)[number]

const upTo = (period: Period, today: Day): Period => ({ from: period.from, to: period.to > today ? today : period.to })

/** The periods a reader asks for most; those that still run end today. */
export function presets(today: Day): Record<PresetId, Period> {
  const quarter = quarterOf(today)
  const month = monthOf(today)
  return {
    thisQuarter: upTo(quarter, today),
    lastQuarter: quarterOf(addDays(quarter.from, -1)),
    thisMonth: upTo(month, today),
    lastMonth: monthOf(addDays(month.from, -1)),
    last90: { from: addDays(today, -89), to: today },
    last365: { from: addDays(today, -364), to: today },
    thisYear: { from: `${today.slice(0, 4)}-01-01`, to: today },
  }
}

export const presetOf = (period: Period, today: Day): PresetId | undefined =>
  presetIds.find((id) => {
    const preset = presets(today)[id]
    return preset.from === period.from && preset.to === period.to
  })
