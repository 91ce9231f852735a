import { Answer } from '#ui/Answer.tsx'
import { useAddress, useReading } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { DotWhisker } from '#ui/charts/DotWhisker.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { FilterSentence } from '#ui/FilterSentence.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { writeIn, writeSpan } from '#ui/written.ts'
import { GradeMark } from '../components/GradeMark.tsx'
import type { Effect } from '../components/shown.ts'
import { listEffects, verdicts } from '../contract.ts'
import { texts } from '../texts.ts'

/** Proved ones first, then by the strength of their evidence, then the newest. */
const inOrder = (a: Effect, b: Effect): number =>
  verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
  (a.grade < b.grade ? -1 : a.grade > b.grade ? 1 : a.estimatedAt > b.estimatedAt ? -1 : 1)

/** 成效评估: what helped, how sure, what was decided. */
export default function Effects() {
  const { t, language, format } = useLanguage()
  const { address, set } = useAddress()
  const { unit } = useReading()
  const verdict = verdicts.find((known) => known === address.verdict)
  const query = useRead(listEffects, {
    query: {
      limit: 200,
      ...(unit ? { unit } : {}),
      ...(verdict ? { verdict } : {}),
      ...(address.undecided === 'yes' ? { undecided: 'yes' as const } : {}),
    },
  })
  const items = [...(query.data?.items ?? [])].sort(inOrder)
  const [best] = items.filter((effect) => effect.verdict === 'proved')
  const sentence = !query.data
    ? ' '
    : items.length === 0
      ? t(texts.effectsNone)
      : t(texts.effectsSentence, {
          total: query.data.total,
          proved: items.filter((effect) => effect.verdict === 'proved').length,
          not: items.filter((effect) => effect.verdict !== 'proved').length,
          best: best
            ? t(texts.effectsBest, {
                title: best.actionTitle,
                metric: best.metricName[language],
                estimate: writeIn(best.metricUnit, best.estimate, format, true),
                grade: best.grade,
              })
            : '',
        })
  return (
    <Page title={t(texts.effects)} sentence={sentence}>
      <FilterSentence
        subject={t(texts.subjectEffects)}
        filters={[
          {
            id: 'verdict',
            name: t(texts.verdict),
            value: verdict,
            options: verdicts.map((value) => ({ value, name: t(texts[`verdict_${value}`]) })),
          },
          {
            id: 'undecided',
            name: t(texts.decision),
            value: address.undecided,
            options: [{ value: 'yes', name: t(texts.undecided) }],
          },
        ]}
        onChange={(id, value) => set({ [id]: value })}
      />
      <Answer query={query} skeleton={<Loading rows={8} />}>
        {() =>
          items.length === 0 ? (
            <Empty title={t(texts.noEffectsYet)} action={<PageLink to="/actions">{t(texts.actions)}</PageLink>}>
              {t(texts.noEffectsWhy)}
            </Empty>
          ) : (
            <>
              <Section title={t(texts.ofExpected)} note={t(texts.ofExpectedNote)}>
                <DotWhisker
                  caption={t(texts.ofExpected)}
                  nameHead={t(texts.action)}
                  written={{ style: 'percent', digits: 0 }}
                  target={1}
                  targetName={t(texts.expected)}
                  overall={0}
                  rows={items.map((effect) => ({
                    id: effect.id,
                    measured: ofExpected(effect),
                    name: (
                      <>
                        <GradeMark effect={effect} />{' '}
                        <PageLink to={`/effects/${effect.id}`}>{effect.actionTitle}</PageLink>{' '}
                        <small className="zy-quiet">{t(texts[`verdict_${effect.verdict}`])}</small>
                      </>
                    ),
                  }))}
                />
              </Section>
              <Section title={t(texts.effects)}>
                <EffectTable effects={items} />
              </Section>
            </>
          )
        }
      </Answer>
    </Page>
  )
}

/** Effects of different measures on one scale: what came of what was expected. */
function ofExpected({ estimate, low, high, expectedEffect, n }: Effect) {
  const share = (value: number | null) => (value === null || expectedEffect === 0 ? null : value / expectedEffect)
  const ends = [share(low), share(high)]
  const known = ends.flatMap((end) => (end === null ? [] : [end]))
  return {
    value: share(estimate),
    low: known.length === 2 ? Math.min(...known) : null,
    high: known.length === 2 ? Math.max(...known) : null,
    n,
    shown: 'ok' as const,
  }
}

function EffectTable({ effects }: { effects: readonly Effect[] }) {
  const { t, language, format } = useLanguage()
  const columns: Column<Effect>[] = [
    {
      id: 'title',
      title: t(texts.action),
      value: (row) => row.actionTitle,
      render: (row) => <PageLink to={`/effects/${row.id}`}>{row.actionTitle}</PageLink>,
      width: '26%',
    },
    { id: 'grade', title: t(texts.grade), value: (row) => row.grade, render: (row) => <GradeMark effect={row} /> },
    { id: 'verdict', title: t(texts.verdict), value: (row) => t(texts[`verdict_${row.verdict}`]) },
    { id: 'metric', title: t(texts.metric), value: (row) => row.metricName[language] },
    {
      id: 'estimate',
      title: t(texts.estimateName),
      numeric: true,
      value: (row) => row.estimate,
      render: (row) => writeIn(row.metricUnit, row.estimate, format, true),
    },
    {
      id: 'interval',
      title: t(texts.interval),
      numeric: true,
      value: (row) => writeSpan(row.metricUnit, row.low, row.high, format),
    },
    {
      id: 'expected',
      title: t(texts.expected),
      numeric: true,
      value: (row) => row.expectedEffect,
      render: (row) => writeIn(row.metricUnit, row.expectedEffect, format, true),
    },
    { id: 'n', title: 'n', numeric: true, value: (row) => row.n, render: (row) => format.number(row.n) },
    {
      id: 'decision',
      title: t(texts.decision),
      value: (row) => (row.decision ? t(texts[`decision_${row.decision}`]) : t(texts.undecided)),
    },
    { id: 'unit', title: t(texts.unit), value: (row) => row.unitName[language], optional: true },
    { id: 'kind', title: t(texts.state), value: (row) => t(texts[`kind_${row.kind}`]), optional: true },
    {
      id: 'at',
      title: t(texts.judgedAt),
      value: (row) => row.estimatedAt,
      render: (row) => format.day(row.estimatedAt),
      optional: true,
    },
  ]
  return <DataTable caption={t(texts.effects)} rows={effects} columns={columns} rowKey={(row) => row.id} />
}
