import { Button, Tabs } from 'antd'
import { useMemo } from 'react'
import { Answer } from '#ui/Answer.tsx'
import { useAddress, useReading } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { Coverage } from '../components/Coverage.tsx'
import { NodeDrawer } from '../components/NodeDrawer.tsx'
import { Targets } from '../components/Targets.tsx'
import { Tree } from '../components/Tree.tsx'
import { readCoverage, readModel } from '../contract.ts'
import { texts } from '../texts.ts'

/** 体验模型: journeys, stages, touchpoints and moments of truth; who measures what; what each is meant to reach. */
export default function Model() {
  const { t } = useLanguage()
  const { address, set } = useAddress()
  const reader = useReader()
  const { compare: _, ...reading } = useReading()
  const model = useRead(readModel, {})
  const coverage = useRead(readCoverage, { query: reading })
  const may = reader.permissions.has('model.write')
  const sentence = useMemo(() => {
    const journeys = model.data?.journeys
    if (!journeys || !coverage.data) return ' '
    if (journeys.length === 0) return t(texts.sentenceEmpty)
    const stages = journeys.flatMap((journey) => journey.stages)
    const count = (state: string) => coverage.data.rows.filter((row) => row.state === state).length
    const [unmeasured, few] = [count('unmeasured') + count('operational_only'), count('few')]
    const words =
      unmeasured && few
        ? texts.sentence
        : unmeasured
          ? texts.sentenceUnmeasured
          : few
            ? texts.sentenceFew
            : texts.sentenceCovered
    return t(words, {
      journeys: journeys.length,
      stages: stages.length,
      touchpoints: stages.reduce((sum, stage) => sum + stage.touchpoints.length, 0),
      unmeasured,
      few,
    })
  }, [model.data, coverage.data, t])
  return (
    <Page
      title={t(texts.title)}
      sentence={sentence}
      actions={
        may ? (
          <Button type="primary" onClick={() => set({ add: 'journeys' })}>
            {t(texts.addJourney)}
          </Button>
        ) : (
          <span className="zy-quiet">{t(texts.mayNot)}</span>
        )
      }
    >
      <Tabs
        activeKey={address.tab ?? 'tree'}
        onChange={(tab) => set({ tab: tab === 'tree' ? undefined : tab })}
        items={[
          {
            key: 'tree',
            label: t(texts.tree),
            children: (
              <Answer query={model} skeleton={<Loading rows={10} />}>
                {({ journeys }) => <Tree journeys={journeys} coverage={coverage.data?.rows ?? []} may={may} />}
              </Answer>
            ),
          },
          {
            key: 'coverage',
            label: t(texts.coverage),
            children: (
              <Answer query={coverage} skeleton={<Loading rows={10} />}>
                {({ rows }) => <Coverage rows={rows} />}
              </Answer>
            ),
          },
          { key: 'targets', label: t(texts.targets), children: <Targets journeys={model.data?.journeys ?? []} /> },
        ]}
      />
      {may ? <NodeDrawer journeys={model.data?.journeys ?? []} /> : null}
    </Page>
  )
}
