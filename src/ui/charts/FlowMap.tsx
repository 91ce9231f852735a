import { CompressOutlined, MinusOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useLanguage } from '../i18n.ts'
import { usePreferences } from '../preferences.tsx'
import { Loading } from '../states.tsx'
import { texts } from '../texts.ts'
import { layoutFlow } from './flowLayout.ts'
import './flow.css'

export interface FlowStep {
  id: string
  name: string
  /** Second line of the box. */
  small: string
  /** 0…1, how much it is shaded. */
  weight: number
  /** Where a case begins or ends: drawn round, cannot be opened. */
  end?: boolean
}

export interface FlowEdge {
  from: string
  to: string
  label: string
  /** 0…1, how thick. */
  weight: number
  /** Stands out: one of the slowest. */
  marked?: boolean
}

interface FlowMapProps {
  caption: string
  description: string
  steps: readonly FlowStep[]
  edges: readonly FlowEdge[]
  openId?: string | undefined
  onOpen(id: string): void
}

const keyOf = ({ from, to }: FlowEdge) => `${from}\u0000${to}`

/** About how wide a text is drawn, in ems: Chinese characters are square, others half of that. */
const ems = (text: string): number => [...text].reduce((sum, sign) => sum + (sign > '\u2e7f' ? 1 : 0.56), 0)

/** A map of steps and what follows what, from top to bottom; scrolls, grows and shrinks; every step can be reached by key. */
export function FlowMap({ caption, description, steps, edges, openId, onOpen }: FlowMapProps) {
  const { t } = useLanguage()
  const { largeText } = usePreferences()
  const [chosen, setZoom] = useState<number>()
  const place = useRef<HTMLDivElement>(null)
  const font = largeText ? 16 : 13
  const boxes = steps.map((step) => ({
    id: step.id,
    width: step.end
      ? Math.max(44, ems(step.name) * font + 16)
      : Math.min(Math.max(ems(step.name) * font + 24, 96), 230),
    height: step.end ? font + 14 : font * 2.6 + 12,
  }))
  const lines = edges.map((edge) => ({
    id: keyOf(edge),
    from: edge.from,
    to: edge.to,
    label: { width: ems(edge.label) * font * 0.9 + 8, height: font + 4 },
  }))
  const key = JSON.stringify([boxes, lines])
  const layout = useQuery({
    queryKey: ['flow', key],
    queryFn: () => layoutFlow(boxes, lines),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: (before) => before,
  })
  if (layout.error) throw layout.error
  if (!layout.data)
    return (
      <div ref={place}>
        <Loading rows={10} />
      </div>
    )
  const { width, height } = layout.data
  const whole = Math.min((place.current?.clientWidth ?? 1000) / width, (innerHeight * 0.74) / height)
  // As much of it as can still be read; the rest is scrolled to.
  const zoom = chosen ?? Math.min(1, Math.max(0.78, whole))
  const near = (edge: FlowEdge) => openId === undefined || edge.from === openId || edge.to === openId
  return (
    <div className="zy-flow" ref={place}>
      <div className="zy-flow-zoom">
        <Button
          size="small"
          icon={<MinusOutlined />}
          aria-label={t(texts.smaller)}
          onClick={() => setZoom((before) => Math.max(0.3, (before ?? zoom) / 1.25))}
        />
        <Button
          size="small"
          icon={<PlusOutlined />}
          aria-label={t(texts.larger)}
          onClick={() => setZoom((before) => Math.min(2.5, (before ?? zoom) * 1.25))}
        />
        <Button
          size="small"
          icon={<CompressOutlined />}
          aria-label={t(texts.wholeMap)}
          title={t(texts.wholeMap)}
          onClick={() => setZoom(Math.min(1, whole))}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="zy-flow-scroll" aria-label={caption} tabIndex={0}>
        {/* biome-ignore lint/a11y/useSemanticElements: an SVG that holds buttons is a group, not an image */}
        <svg
          role="group"
          aria-label={caption}
          width={width * zoom}
          height={height * zoom}
          viewBox={`0 0 ${width} ${height}`}
          fontSize={font}
          className={layout.isPlaceholderData ? 'zy-dimmed' : undefined}
        >
          <desc>{description}</desc>
          {edges.map((edge) => {
            const line = layout.data.lines.get(keyOf(edge))
            if (!line) return null
            const thick = 1 + 5 * edge.weight
            return (
              <g key={keyOf(edge)} className={near(edge) ? 'zy-flow-edge' : 'zy-flow-edge zy-flow-far'}>
                <path d={line.path} strokeWidth={thick} />
                <path d={arrow(line.before, line.end, 5 + thick)} className="zy-flow-head" />
              </g>
            )
          })}
          {edges.map((edge) => {
            const line = layout.data.lines.get(keyOf(edge))
            const size = lines.find(({ id }) => id === keyOf(edge))?.label
            if (!line || !size || !near(edge)) return null
            return (
              <g
                key={keyOf(edge)}
                transform={`translate(${line.label.x} ${line.label.y})`}
                className={edge.marked ? 'zy-flow-label zy-flow-marked' : 'zy-flow-label'}
              >
                <rect width={size.width} height={size.height} rx={3} />
                <text x={size.width / 2} y={size.height / 2} fontSize={font * 0.9}>
                  {edge.label}
                </text>
              </g>
            )
          })}
          {steps.map((step, index) => {
            const at = layout.data.boxes.get(step.id)
            const box = boxes[index]
            if (!at || !box) return null
            const place = `translate(${at.x} ${at.y})`
            if (step.end)
              return (
                <g key={step.id} transform={place} className="zy-flow-end">
                  <rect width={box.width} height={box.height} rx={box.height / 2} />
                  <text x={box.width / 2} y={box.height / 2}>
                    {step.name}
                  </text>
                </g>
              )
            return (
              // biome-ignore lint/a11y/useSemanticElements: SVG has no button
              <g
                key={step.id}
                transform={place}
                role="button"
                tabIndex={0}
                aria-label={`${step.name}, ${step.small}`}
                className={step.id === openId ? 'zy-flow-step zy-flow-open' : 'zy-flow-step'}
                onClick={() => onOpen(step.id)}
                onKeyDown={(event: KeyboardEvent) => {
                  if (event.key !== 'Enter' && event.key !== ' ') return
                  event.preventDefault()
                  onOpen(step.id)
                }}
              >
                <title>{`${step.name} · ${step.small}`}</title>
                <rect width={box.width} height={box.height} rx={6} />
                <rect
                  width={box.width}
                  height={box.height}
                  rx={6}
                  className="zy-flow-shade"
                  opacity={0.1 + 0.9 * step.weight}
                />
                <text x={box.width / 2} y={box.height / 2 - font * 0.62} className="zy-flow-name">
                  {shortened(step.name, (box.width - 14) / font)}
                </text>
                <text x={box.width / 2} y={box.height / 2 + font * 0.72} fontSize={font * 0.9}>
                  {step.small}
                </text>
              </g>
            )
          })}
        </svg>
      </section>
    </div>
  )
}

function shortened(name: string, most: number): string {
  if (ems(name) <= most) return name
  let text = name
  while (text && ems(`${text}…`) > most) text = text.slice(0, -1)
  return `${text}…`
}

/** The head of an arrow at the end of a line that comes from `before`. */
function arrow(before: { x: number; y: number }, end: { x: number; y: number }, size: number): string {
  const angle = Math.atan2(end.y - before.y, end.x - before.x)
  const corner = (turn: number) =>
    `${(end.x - size * Math.cos(angle + turn)).toFixed(1)} ${(end.y - size * Math.sin(angle + turn)).toFixed(1)}`
  return `M ${end.x.toFixed(1)} ${end.y.toFixed(1)} L ${corner(0.42)} L ${corner(-0.42)} Z`
}
