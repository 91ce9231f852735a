import { Progress } from 'antd'
import { Answer } from '#ui/Answer.tsx'
import { useAddress, useReading } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { FilterSentence } from '#ui/FilterSentence.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { writeIn } from '#ui/written.ts'
import { Timeline } from '../components/Timeline.tsx'
import type { Action } from '../components/shown.ts'
import { actionStates, listActions } from '../contract.ts'
import { texts } from '../texts.ts'

/** 改进措施: who changes what by when, and when it is judged. */
export default function Actions() {
  const { t, format } = useLanguage()
  const { address, set } = useAddress()
  const reader = useReader()
  const { unit } = useReading()
  const state = ([...actionStates, 'all'] as const).find((known) => known === address.state) ?? 'open'
  const mine = address.owner === 'me'
  const query = useRead(listActions, {
    query: { state, limit: 200, ...(unit ? { unit } : {}), ...(mine ? { owner: reader.id } : {}) },
  })
  const items = query.data?.items ?? []
  const [next] = items.filter((action) => action.state === 'running').sort(byJudgement)
  const sentence = !query.data
    ? ' '
    : state !== 'open' || mine
      ? t(texts.actionsFiltered, { total: query.data.total })
      : items.length === 0
        ? t(texts.actionsNone)
        : t(texts.actionsSentence, {
            total: query.data.total,
            running: items.filter((action) => action.state === 'running').length,
            overdue: items.filter((action) => action.overdue).length,
            next: next ? t(texts.actionsNext, { day: format.day(next.analysisOn), title: next.title }) : '',
          })
  return (
    <Page
      title={t(texts.actions)}
      sentence={sentence}
      actions={
        reader.permissions.has('actions.write') ? (
          <PageLink to="/actions/new" className="zy-button">
            {t(texts.newAction)}
          </PageLink>
        ) : null
      }
    >
      <FilterSentence
        subject={t(texts.subjectActions)}
        filters={[
          {
            id: 'state',
            name: t(texts.state),
            value: state,
            options: (['open', ...actionStates, 'all'] as const).map((value) => ({
              value,
              name: t(texts[`state_${value}`]),
            })),
          },
          {
            id: 'owner',
            name: t(texts.owner),
            value: mine ? 'me' : undefined,
            options: [{ value: 'me', name: t(texts.onlyMine) }],
          },
        ]}
        onChange={(id, value) => set({ [id]: id === 'state' ? (value ?? 'all') : value })}
      />
      <Answer query={query} skeleton={<Loading rows={8} />}>
        {({ items: found }) =>
          found.length === 0 ? (
            <Empty
              title={t(texts.noActions)}
              action={
                <PageLink to="/findings" also={{ state: 'accepted' }}>
                  {t(texts.toFindings)}
                </PageLink>
              }
            >
              {t(texts.noActionsWhy)}
            </Empty>
          ) : (
            <>
              <Section title={t(texts.timeline)} note={t(texts.timelineNote)}>
                <Timeline actions={found} />
              </Section>
              <Section title={t(texts.actions)}>
                <ActionTable actions={found} />
              </Section>
            </>
          )
        }
      </Answer>
    </Page>
  )
}

const byJudgement = (a: Action, b: Action) => (a.analysisOn < b.analysisOn ? -1 : 1)

function ActionTable({ actions }: { actions: readonly Action[] }) {
  const { t, language, format } = useLanguage()
  const columns: Column<Action>[] = [
    {
      id: 'title',
      title: t(texts.action),
      value: (row) => row.title,
      render: (row) => <PageLink to={`/actions/${row.id}`}>{row.title}</PageLink>,
      width: '24%',
    },
    { id: 'state', title: t(texts.state), value: (row) => t(texts[`state_${row.state}`]) },
    { id: 'measure', title: t(texts.measure), value: (row) => row.measureText[language], width: '24%' },
    {
      id: 'expected',
      title: t(texts.expected),
      numeric: true,
      value: (row) => row.expectedEffect,
      render: (row) => writeIn(row.metricUnit, row.expectedEffect, format, true),
    },
    {
      id: 'progress',
      title: t(texts.progress),
      value: (row) => row.day,
      render: (row) =>
        row.day === null ? (
          '—'
        ) : (
          <span className="zy-progress">
            {t(texts.day, { day: row.day, days: row.days })}
            <Progress
              size="small"
              showInfo={false}
              aria-label={t(texts.day, { day: row.day, days: row.days })}
              percent={Math.min(100, (100 * row.day) / Math.max(1, row.days))}
            />
          </span>
        ),
    },
    {
      id: 'due',
      title: t(texts.due),
      value: (row) => row.dueOn,
      render: (row) => (
        <span className={row.overdue ? 'zy-overdue' : 'zy-nowrap'}>
          {format.day(row.dueOn)}
          {row.overdue ? ` · ${t(texts.dueOver)}` : ''}
        </span>
      ),
    },
    {
      id: 'judged',
      title: t(texts.judged),
      value: (row) => row.analysisOn,
      render: (row) => <span className="zy-nowrap">{format.day(row.analysisOn)}</span>,
    },
    { id: 'owner', title: t(texts.owner), value: (row) => row.ownerName ?? t(texts.noOwner) },
    { id: 'unit', title: t(texts.unit), value: (row) => row.unitName[language], optional: true },
    { id: 'design', title: t(texts.design), value: (row) => t(texts[`designShort_${row.design}`]), optional: true },
  ]
  return <DataTable caption={t(texts.actions)} rows={actions} columns={columns} rowKey={(row) => row.id} />
}
