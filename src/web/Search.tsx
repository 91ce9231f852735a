import { useMemo } from 'react'
import { listFindings } from '#features/findings/contract.ts'
import { readModel } from '#features/journeys/contract.ts'
import { listQuestions } from '#features/questions/contract.ts'
import { useAddress, useGo } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { type Destination, Palette } from '#ui/Palette.tsx'
import { trailOf, useReader } from '#ui/reader.tsx'
import { navigation } from './nav.ts'
import { readings, texts } from './texts.ts'

/** Pages, units, touchpoints, findings and questions in one search; read when the search is first opened. */
export function Search({ open, onClose }: { open: boolean; onClose(): void }) {
  const { t, language } = useLanguage()
  const reader = useReader()
  const go = useGo()
  const { set } = useAddress()
  const may = (permission: string) => open && reader.permissions.has(permission)
  const model = useRead(readModel, {}, { enabled: may('experience.read') })
  const findings = useRead(listFindings, { query: { state: 'open', limit: 100 } }, { enabled: may('findings.read') })
  const questions = useRead(listQuestions, {}, { enabled: may('questions.ask') })
  const destinations = useMemo((): Destination[] => {
    const other = language === 'zh' ? 'en' : 'zh'
    const pages = navigation.flatMap((group) =>
      group.pages
        .filter((page) => reader.permissions.has(page.permission))
        .map((page) => ({
          id: page.path,
          kind: t(texts.kindPage),
          name: page.name[language],
          also: page.name[other],
          hint: t(group.name),
          go: () => go(page.path),
        })),
    )
    const units = reader.places.map((place) => ({
      id: `unit ${place.id}`,
      kind: t(texts.kindUnit),
      name: nameIn(place, language),
      also: place.nameEn ?? place.name,
      hint: trailOf(reader.places, place.id)
        .slice(0, -1)
        .map((above) => nameIn(above, language))
        .join(' › '),
      go: () => set({ unit: place.id }),
    }))
    const touchpoints = (model.data?.journeys ?? []).flatMap((journey) =>
      journey.stages.flatMap((stage) =>
        stage.touchpoints.map((touchpoint) => ({
          id: `tp ${touchpoint.id}`,
          kind: t(texts.kindTouchpoint),
          name: nameIn(touchpoint, language),
          also: language === 'zh' ? touchpoint.nameEn : touchpoint.name,
          hint: `${nameIn(journey, language)} › ${nameIn(stage, language)}`,
          go: () => go('/', { tp: touchpoint.id }),
        })),
      ),
    )
    const found = (findings.data?.items ?? []).map((finding) => ({
      id: finding.id,
      kind: t(texts.kindFinding),
      name: finding.title[language],
      also: finding.title[other],
      go: () => go(`/findings/${finding.id}`),
    }))
    const asked = (questions.data?.questions ?? []).map((question) => ({
      id: question.id,
      kind: t(texts.kindQuestion),
      name: question.title[language],
      also: question.id,
      hint: question.id,
      go: () => go(`/questions/${question.id}`),
    }))
    return [...pages, ...units, ...touchpoints, ...found, ...asked]
  }, [reader, model.data, findings.data, questions.data, language, t, go, set])
  return <Palette open={open} onClose={onClose} destinations={destinations} readings={readings} />
}
