import { App, Button } from 'antd'
import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { faultOf, useRead, useWrite } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Loading, Problem } from '#ui/states.tsx'
import { listBackups, makeBackup } from '../contract.ts'
import { texts } from '../texts.ts'

type Backup = AnswerOf<typeof listBackups>['backups'][number]

/** 备份与运行: is there a backup, how old is it, and one more now. */
export default function System() {
  const { t, language, format } = useLanguage()
  const { timeZone } = useReader()
  const { message } = App.useApp()
  const query = useRead(listBackups, {})
  const make = useWrite(makeBackup, ['system.listBackups'])
  const backups = query.data?.backups
  const last = backups?.[0]
  const sentence = !backups
    ? ' '
    : !last
      ? t(texts.backupNone)
      : t(texts.backupSentence, {
          at: format.instant(last.madeAt, timeZone),
          reason: t(texts[`reason_${last.reason}`]),
          size: format.bytes(last.bytes),
          count: format.number(backups.length),
          total: format.bytes(backups.reduce((sum, { bytes }) => sum + bytes, 0)),
        })
  const now = (
    <Button
      type="primary"
      loading={make.isPending}
      onClick={() =>
        make.mutate(
          { body: {} },
          { onSuccess: ({ bytes }) => message.success(t(texts.backupMade, { size: format.bytes(bytes) })) },
        )
      }
    >
      {t(texts.backupNow)}
    </Button>
  )
  const columns: Column<Backup>[] = [
    { id: 'name', title: t(texts.backupName), value: (row) => row.name, render: (row) => <code>{row.name}</code> },
    {
      id: 'at',
      title: t(texts.when),
      value: (row) => row.madeAt,
      render: (row) => format.instant(row.madeAt, timeZone),
    },
    { id: 'why', title: t(texts.backupWhy), value: (row) => t(texts[`reason_${row.reason}`]) },
    {
      id: 'size',
      title: t(texts.backupSize),
      numeric: true,
      value: (row) => row.bytes,
      render: (row) => format.bytes(row.bytes),
    },
  ]
  return (
    <Page title={t(texts.system)} sentence={sentence} actions={last ? now : null}>
      {make.isError ? <Problem kind="write" fault={faultOf(make.error, language)} /> : null}
      <Answer query={query} skeleton={<Loading rows={6} />}>
        {(answer) =>
          answer.backups.length === 0 ? (
            <Empty title={t(texts.backups)} action={now}>
              {t(texts.backupNote)}
            </Empty>
          ) : (
            <Section title={t(texts.backups)} note={t(texts.backupNote)}>
              <DataTable
                caption={t(texts.backups)}
                rows={answer.backups}
                columns={columns}
                rowKey={(row) => row.name}
                foot={<p className="zy-quiet">{t(texts.backupRestore)}</p>}
              />
            </Section>
          )
        }
      </Answer>
    </Page>
  )
}
