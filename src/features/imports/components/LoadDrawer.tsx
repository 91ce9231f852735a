import { Button } from 'antd'
import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { faultOf, useClient, useRead } from '#ui/api.tsx'
import { download } from '#ui/csv.ts'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { DetailDrawer } from '#ui/DetailDrawer.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading, Problem } from '#ui/states.tsx'
import { useMutation } from '@tanstack/react-query'
import { Refusal } from '#ui/api.tsx'
import { exportLoadErrors, readLoad, readLoadErrors } from '../contract.ts'
import { texts } from '../texts.ts'
import { LoadSentence, LookFirst } from './LoadOutcome.tsx'
import type { Names } from './names.ts'

type RowError = AnswerOf<typeof readLoadErrors>['errors'][number]

/** One load: what it changed, and every row that it left out, with the report as a file. */
export function LoadDrawer({ id, names, onClose }: { id: number | undefined; names: Names; onClose(): void }) {
  const { t } = useLanguage()
  const query = useRead(readLoad, { params: { id: id ?? 1 } }, { enabled: id !== undefined })
  const load = query.data?.id === id ? query.data : undefined
  return (
    <DetailDrawer
      open={id !== undefined}
      onClose={onClose}
      title={load ? `${t(texts.loadNumber, { id: load.id })} · ${load.fileName}` : t(texts.loads)}
    >
      {id === undefined ? null : (
        <Answer query={query} skeleton={<Loading rows={6} />}>
          {(one) => (
            <>
              <LoadSentence load={one} />
              <LookFirst load={{ ...one, rows: { ...one.rows, rejected: 0 } }} onErrors={() => {}} />
              {one.rows.rejected > 0 ? <Errors id={one.id} fileName={one.fileName} names={names} /> : null}
            </>
          )}
        </Answer>
      )}
    </DetailDrawer>
  )
}

const shown = 200

function Errors({ id, fileName, names }: { id: number; fileName: string; names: Names }) {
  const { t, language, format } = useLanguage()
  const { permissions } = useReader()
  const may = permissions.has('import.write')
  const client = useClient()
  const query = useRead(readLoadErrors, { params: { id }, query: { limit: shown } }, { enabled: may })
  const save = useMutation({
    mutationFn: async () => {
      const answered = await client.fetch(exportLoadErrors, { params: { id } })
      if (!answered.ok) throw new Refusal(answered, language)
      download(`${fileName}.errors.csv`, await answered.value.blob(), 'text/csv')
    },
  })
  if (!may) return null
  const columns: Column<RowError>[] = [
    { id: 'row', title: t(texts.row), numeric: true, value: (one) => one.row },
    { id: 'column', title: t(texts.faultWhere), value: (one) => names.field(one.column) },
    { id: 'what', title: t(texts.faultWhat), value: (one) => one.text[language] },
    {
      id: 'stood',
      title: t(texts.stood),
      value: (one) => one.excerpt,
      render: (one) => (one.excerpt ? <code>{one.excerpt}</code> : t(texts.nothingStood)),
    },
  ]
  const title = t(texts.errorsOf, { file: fileName })
  return (
    <Section
      title={title}
      actions={
        <Button loading={save.isPending} onClick={() => save.mutate()}>
          {t(texts.errorsCsv)}
        </Button>
      }
    >
      {save.isError ? <Problem fault={faultOf(save.error, language)} /> : null}
      <Answer query={query} skeleton={<Loading rows={6} />}>
        {({ errors, next }) => (
          <DataTable
            caption={title}
            rows={errors}
            columns={columns}
            rowKey={(one) => `${one.row} ${one.column} ${one.reason}`}
            {...(next === null ? {} : { totalOf: t(texts.errorsFirst, { count: format.number(shown) }) })}
          />
        )}
      </Answer>
    </Section>
  )
}
