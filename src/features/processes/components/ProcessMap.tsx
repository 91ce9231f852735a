import { Segmented, Slider } from 'antd'
import { useMemo } from 'react'
import { useAddress } from '#ui/address.ts'
import { type FlowEdge, FlowMap, type FlowStep } from '#ui/charts/FlowMap.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { texts } from '../texts.ts'
import { cutMap, type Edge, slowest, stepCounts, usualShare } from './cutMap.ts'
import './process.css'

interface ProcessMapProps {
  name: string
  edges: readonly Edge[]
  openStep: string | undefined
  onOpen(step: string): void
}

const [start, end] = ['\u0000start', '\u0000end']

/** How the work really goes: the commonest steps and paths, with counts or times; two sliders cut, the address keeps them. */
export function ProcessMap({ name, edges, openStep, onOpen }: ProcessMapProps) {
  const { t, format } = useLanguage()
  const { address, set } = useAddress()
  const share = { steps: percent(address.steps, 100), paths: percent(address.paths, usualShare(edges)) }
  const label = address.lines === 'p50' ? 'p50' : 'n'
  const cut = useMemo(
    () => cutMap(edges, { steps: share.steps, paths: share.paths }),
    [edges, share.steps, share.paths],
  )
  const drawn = useMemo((): { steps: FlowStep[]; edges: FlowEdge[] } => {
    const counts = stepCounts(edges)
    const most = Math.max(1, ...counts.values())
    const thickest = Math.max(1, ...cut.edges.map(({ n }) => n))
    const slow = new Set(slowest(edges, 3))
    const steps: FlowStep[] = cut.steps.map((step) => ({
      id: step,
      name: step,
      small: t(texts.times, { n: format.number(counts.get(step) ?? 0) }),
      weight: (counts.get(step) ?? 0) / most,
    }))
    const round = (id: string, words: string): FlowStep => ({ id, name: words, small: '', weight: 0, end: true })
    const has = (is: (edge: Edge) => boolean) => cut.edges.some(is)
    return {
      steps: [
        ...(has(({ from }) => from === null) ? [round(start, t(texts.start))] : []),
        ...steps,
        ...(has(({ to }) => to === null) ? [round(end, t(texts.end))] : []),
      ],
      edges: cut.edges.map((edge) => ({
        from: edge.from ?? start,
        to: edge.to ?? end,
        label:
          label === 'n' || edge.from === null || edge.to === null
            ? format.number(edge.n)
            : format.seconds(edge.p50_seconds),
        weight: Math.sqrt(edge.n / thickest),
        marked: slow.has(edge),
      })),
    }
  }, [cut, edges, label, t, format])
  const counts = {
    steps: cut.steps.length,
    edges: cut.edges.length,
    hiddenSteps: cut.hiddenSteps,
    hiddenEdges: cut.hiddenEdges,
  }
  const slider = (id: 'steps' | 'paths', words: string) => (
    <span className="zy-map-slider">
      <span className="zy-quiet" id={`slider-${id}`}>
        {words}
      </span>
      <Slider
        min={5}
        max={100}
        step={5}
        value={share[id]}
        ariaLabelledByForHandle={`slider-${id}`}
        tooltip={{ formatter: (value) => `${value}%` }}
        onChange={(value: number) => set({ [id]: String(value) }, { replace: true })}
      />
    </span>
  )
  return (
    <Section
      title={t(texts.map)}
      note={t(texts.mapNote, { what: t(texts[`what_${label}`]) })}
      actions={
        <Segmented
          size="small"
          aria-label={t(texts.show)}
          value={label}
          onChange={(value) => set({ lines: value === 'p50' ? 'p50' : undefined }, { replace: true })}
          options={(['n', 'p50'] as const).map((value) => ({ value, label: t(texts[`what_${value}`]) }))}
        />
      }
    >
      <div className="zy-map-sliders">
        {slider('steps', t(texts.stepsShown))}
        {slider('paths', t(texts.pathsShown))}
        <span className="zy-quiet" role="status">
          {t(cut.hiddenSteps + cut.hiddenEdges > 0 ? texts.cut : texts.cutNone, counts)}
        </span>
      </div>
      <FlowMap
        caption={`${t(texts.map)}: ${name}`}
        description={t(texts.mapDescription, counts)}
        steps={drawn.steps}
        edges={drawn.edges}
        openId={openStep}
        onOpen={onOpen}
      />
    </Section>
  )
}

function percent(text: string | undefined, otherwise: number): number {
  const value = Number(text)
  return text && value >= 1 && value <= 100 ? value : otherwise
}
