import { useMemo } from 'react'
import type { Language } from '#lib/text.ts'
import { addDays } from '#lib/time.ts'
import { runRules } from '#methods/charts/rules.ts'
import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { ControlChart } from '#ui/charts/ControlChart.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Loading } from '#ui/states.tsx'
import { texts as kit } from '#ui/texts.ts'
import { writtenIn } from '#ui/written.ts'
import { readChart } from '../contract.ts'
import { texts } from '../texts.ts'
import type { Action } from './shown.ts'

type Chart = AnswerOf<typeof readChart>

/** Grows week by week towards its day, which stands empty until then: nothing is judged before. */
export function RunningChart({ action }: { action: Action }) {
  const { t, format } = useLanguage()
  const query = useRead(readChart, { params: { id: action.id } })
  const evidence = query.data?.evidence
  return (
    <Section
      title={t(texts.chart)}
      note={query.data ? t(texts[query.data.pointDays === 7 ? 'chartBefore' : 'chartBeforeFortnights']) : null}
      actions={
        evidence ? (
          <PageLink to={`/questions/${evidence.question}`} also={{ with: JSON.stringify(evidence.parameters) }}>
            {t(kit.openAsTable)}
          </PageLink>
        ) : null
      }
    >
      <Answer query={query} skeleton={<Loading height={260} />}>
        {(chart) =>
          chart.points.every(({ value }) => value === null) ? (
            <p className="zy-quiet">{t(texts.noChart)}</p>
          ) : (
            <>
              {chart.mayBeJudged ? null : (
                <p className="zy-notice">{t(texts.noVerdict, { day: format.day(chart.judgedFrom) })}</p>
              )}
              <Drawn chart={chart} name={action.title} />
              {chart.fewestOnChart > 1 ? (
                <p className="zy-quiet">
                  {t(chart.limits ? texts.chartThin : texts.chartTooThin, { fewest: chart.fewestOnChart })}
                </p>
              ) : chart.limits ? null : (
                <p className="zy-quiet">{t(texts.chartShort)}</p>
              )}
              {chart.chart && chart.chart !== 'xmr' ? (
                <p className="zy-quiet">{t(texts[`chartKind_${chart.chart}`])}</p>
              ) : null}
            </>
          )
        }
      </Answer>
    </Section>
  )
}

const ruleName = (rule: string, language: Language): string =>
  rule in runRules ? runRules[rule as keyof typeof runRules][language] : rule

function Drawn({ chart, name }: { chart: Chart; name: string }) {
  const { t, language, format } = useLanguage()
  const { points, controls, startOn, judgedFrom, pointDays, limits } = chart
  const grown = useMemo(() => {
    const later: { from: string; value: null; n?: number }[] = []
    const last = points.at(-1)?.from ?? startOn
    for (let day = addDays(last, pointDays); day <= judgedFrom; day = addDays(day, pointDays))
      later.push({ from: day, value: null })
    return [...points.map(({ from, value, n }) => ({ from, value, n })), ...later]
  }, [points, startOn, judgedFrom, pointDays])
  const bounds = useMemo(() => (limits?.vary ? points : undefined), [limits, points])
  const signals = useMemo(
    () =>
      points.flatMap(({ signals: rules }, index) =>
        rules.length > 0
          ? [{ index, rule: t(texts.signal, { rules: format.list(rules.map((rule) => ruleName(rule, language))) }) }]
          : [],
      ),
    [points, t, format, language],
  )
  const marks = useMemo(
    () => [
      { day: startOn, label: t(texts.startMark) },
      { day: judgedFrom, label: t(texts.judgedMark) },
    ],
    [startOn, judgedFrom, t],
  )
  const beside = useMemo(
    () =>
      controls.some(({ value }) => value !== null)
        ? {
            name: t(texts.untreated),
            values: grown.map(({ from }) => controls.find((one) => one.from === from)?.value ?? null),
          }
        : undefined,
    [controls, grown, t],
  )
  return (
    <ControlChart
      title={name}
      points={grown}
      limits={limits}
      bounds={bounds}
      signals={signals}
      marks={marks}
      beside={beside}
      written={writtenIn(chart.metricUnit)}
    />
  )
}
