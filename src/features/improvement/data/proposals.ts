import type { Scope } from '#access/scope.ts'
import { findingById, unitsOf } from '#features/findings/data.ts'
import type { Services } from '#features/services.ts'
import { fail, ok } from '#lib/result.ts'
import type { Text } from '#lib/text.ts'
import { actionAnswer, effectAnswer, namesFor, visibleActions } from '../data.ts'
import { effects } from '../tables.ts'
import { similarityTexts, signed } from './sentences.ts'

type Similarity = keyof typeof similarityTexts

/** Proved actions for findings like this one, the most alike first, each with its measured effect. */
export async function proposalsFor(services: Services, scope: Scope, findingId: string) {
  const finding = await findingById(services, scope, findingId)
  if (!finding) return fail('not_found')
  const [actions, all, units, places] = await Promise.all([
    visibleActions(services, scope),
    services.store.db.select().from(effects),
    unitsOf(services),
    services.store.query<{ id: string; facet: string; channel: string }>('select id, facet, channel from touchpoints'),
  ])
  const placeOf = new Map(places.map((place) => [place.id, place]))
  const here = finding.touchpointId ? placeOf.get(finding.touchpointId) : undefined
  const kind = units.get(finding.unitId)?.kind
  const names = await namesFor(
    services,
    actions.map(({ ownerUserId }) => ownerUserId),
  )
  const found = actions.flatMap((action) => {
    const own = all.filter((effect) => effect.actionId === action.id)
    const primary = own.find((effect) => effect.kind === 'primary')
    // A recheck that no longer finds it, or a roll-back, ends its use as an example.
    const newest = own.toSorted((a, b) => (a.estimatedAt < b.estimatedAt ? -1 : 1)).at(-1)
    const works = primary?.verdict === 'proved' && newest?.verdict === 'proved' && primary.decision !== 'roll_back'
    if (!works || action.findingId === findingId || action.measure.metric !== finding.metric) return []
    const there = action.measure.touchpointId ? placeOf.get(action.measure.touchpointId) : undefined
    const similarity: Similarity[] = ['same_metric']
    if (there && there.id === here?.id) similarity.push('same_touchpoint')
    if (there && there.facet === here?.facet) similarity.push('same_facet')
    if (there && there.channel === here?.channel) similarity.push('same_channel')
    if (units.get(action.unitId)?.kind === kind) similarity.push('same_unit_kind')
    return [{ action, effect: primary, similarity }]
  })
  return ok({
    items: found
      .toSorted((a, b) => b.similarity.length - a.similarity.length || (a.effect.grade < b.effect.grade ? -1 : 1))
      .slice(0, 10)
      .map(({ action, effect, similarity }) => ({
        action: actionAnswer(action, names),
        effect: effectAnswer(scope, effect, action, names),
        similarity,
        text: proposalText(action.title, finding.metric, effect, similarity),
      })),
  })
}

function proposalText(
  title: string,
  metric: string,
  effect: { estimate: number | null; low: number | null; high: number | null; grade: string },
  similarity: readonly Similarity[],
): Text {
  const size = (language: keyof Text) =>
    [effect.estimate, effect.low, effect.high].map((value) => signed(metric, value ?? 0)[language])
  const [zh, zhLow, zhHigh] = size('zh')
  const [en, enLow, enHigh] = size('en')
  const alike = (language: keyof Text, comma: string) => similarity.map((s) => similarityTexts[s][language]).join(comma)
  return {
    zh: `“${title}”实测效果 ${zh}（${zhLow} 至 ${zhHigh}，证据 ${effect.grade} 级）；相似之处：${alike('zh', '、')}。`,
    en: `“${title}” measured ${en} (${enLow} to ${enHigh}, grade ${effect.grade}); alike in ${alike('en', ', ')}.`,
  }
}
