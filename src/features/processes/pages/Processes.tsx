import type { z } from 'zod'
import { useRead } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageAnswer } from '#ui/PageAnswer.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty } from '#ui/states.tsx'
import { listProcesses, type process } from '../contract.ts'
import { texts } from '../texts.ts'

type Process = z.infer<typeof process>

/** 业务流程: the processes whose event logs were brought in. */
export default function Processes() {
  const { t } = useLanguage()
  const query = useRead(listProcesses, {})
  return (
    <PageAnswer title={t(texts.title)} query={query} rows={8}>
      {({ processes }) => <List processes={processes} />}
    </PageAnswer>
  )
}

function List({ processes }: { processes: readonly Process[] }) {
  const { t, language, format } = useLanguage()
  const { timeZone, permissions } = useReader()
  if (processes.length === 0)
    return (
      <Page title={t(texts.title)} sentence={t(texts.sentenceEmpty)}>
        <Empty
          title={t(texts.empty)}
          action={permissions.has('import.write') ? <PageLink to="/import">{t(texts.importNow)}</PageLink> : null}
        />
      </Page>
    )
  const known = processes.filter(({ log }) => log).sort((a, b) => (b.log?.cases ?? 0) - (a.log?.cases ?? 0))
  const sum = (of: 'cases' | 'events') => format.number(known.reduce((all, { log }) => all + (log?.[of] ?? 0), 0))
  const most = known[0]
  const sentence = most?.log
    ? t(texts.sentence, {
        processes: processes.length,
        cases: sum('cases'),
        events: sum('events'),
        most: nameIn(most, language),
        mostCases: format.number(most.log.cases),
      })
    : t(texts.sentencePart, { processes: processes.length })
  const count = (id: 'cases' | 'events' | 'activities' | 'variants'): Column<Process> => ({
    id,
    title: t(texts[id]),
    numeric: true,
    value: (row) => row.log?.[id] ?? null,
    render: (row) => (row.log ? format.number(row.log[id]) : <span className="zy-quiet">{t(texts.perUnit)}</span>),
  })
  const columns: Column<Process>[] = [
    {
      id: 'name',
      title: t(texts.process),
      value: (row) => nameIn(row, language),
      render: (row) => <PageLink to={`/processes/${row.id}`}>{nameIn(row, language)}</PageLink>,
    },
    count('cases'),
    count('events'),
    count('activities'),
    count('variants'),
    { id: 'calendar', title: t(texts.calendar), value: (row) => row.log?.calendar, optional: true },
    {
      id: 'prepared',
      title: t(texts.prepared),
      value: (row) => row.log?.preparedAt,
      render: (row) => (
        <>
          {row.log ? format.instant(row.log.preparedAt, timeZone) : '—'}
          {row.behind ? <div className="zy-quiet">{t(texts.behind)}</div> : null}
        </>
      ),
    },
  ]
  return (
    <Page title={t(texts.title)} sentence={sentence}>
      <Section title={t(texts.list)}>
        <DataTable caption={t(texts.list)} rows={processes} columns={columns} rowKey={(row) => row.id} />
      </Section>
    </Page>
  )
}
