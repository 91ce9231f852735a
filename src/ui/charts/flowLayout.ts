import type { ELK, ElkNode } from 'elkjs/lib/elk-api.js'

export interface FlowBox {
  id: string
  width: number
  height: number
}
export interface FlowLine {
  id: string
  from: string
  to: string
  label: { width: number; height: number }
}

interface Point {
  x: number
  y: number
}
export interface FlowLayout {
  width: number
  height: number
  boxes: Map<string, Point>
  /** The line as an SVG path and where its label stands. */
  lines: Map<string, { path: string; end: Point; before: Point; label: Point }>
}

let elk: Promise<ELK> | undefined

// In a worker of its own, fetched when the first map is drawn.
function layouter(): Promise<ELK> {
  elk ??= Promise.all([import('elkjs/lib/elk-api.js'), import('elkjs/lib/elk-worker.min.js?url')]).then(
    ([{ default: Elk }, { default: url }]) => new Elk({ workerUrl: url, workerFactory: () => new Worker(url) }),
  )
  return elk
}

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'SPLINES',
  'elk.layered.spacing.nodeNodeBetweenLayers': '17',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeLabel': '3',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.edgeLabels.placement': 'CENTER',
  'elk.padding': '[top=8,left=8,bottom=8,right=8]',
}

/** Places boxes in layers from top to bottom, lines along bends that avoid them (ELK layered). */
export async function layoutFlow(boxes: readonly FlowBox[], lines: readonly FlowLine[]): Promise<FlowLayout> {
  const flow: ElkNode = {
    id: 'flow',
    layoutOptions: options,
    children: boxes.map((box) => ({ ...box })),
    edges: lines.map(({ id, from, to, label }) => ({
      id,
      sources: [from],
      targets: [to],
      labels: [{ id: `${id} label`, text: ' ', ...label }],
    })),
  }
  const graph = await (await layouter()).layout(flow)
  return {
    width: graph.width ?? 0,
    height: graph.height ?? 0,
    boxes: new Map((graph.children ?? []).map((box) => [box.id, { x: box.x ?? 0, y: box.y ?? 0 }])),
    lines: new Map((graph.edges ?? []).flatMap((edge) => drawn(edge as NonNullable<ElkNode['edges']>[number]))),
  }
}

/** ELK gives a spline as its start, control points in threes, and its end. */
function drawn(edge: NonNullable<ElkNode['edges']>[number]) {
  const section = edge.sections?.[0]
  if (!section) return []
  const points: Point[] = [...(section.bendPoints ?? []), section.endPoint]
  const say = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`
  let path = `M ${say(section.startPoint)}`
  let at = 0
  for (; at + 3 <= points.length; at += 3)
    path += ` C ${say(points[at]!)}, ${say(points[at + 1]!)}, ${say(points[at + 2]!)}`
  for (; at < points.length; at++) path += ` L ${say(points[at]!)}`
  const label = edge.labels?.[0]
  const before = points.at(-2) ?? section.startPoint
  return [[edge.id, { path, end: section.endPoint, before, label: { x: label?.x ?? 0, y: label?.y ?? 0 } }]] as const
}
