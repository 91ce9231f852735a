import { useParams } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { AnswerOf } from '#contract/route.ts'
import { openingPeriod } from '#lib/period.ts'
import { Answer } from '#ui/Answer.tsx'
import { useAddress } from '#ui/address.ts'
import { faultOf, useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Loading, Problem } from '#ui/states.tsx'
import { AnswerTable } from '../components/AnswerTable.tsx'
import { Behind } from '../components/Behind.tsx'
import { ParameterForm } from '../components/ParameterForm.tsx'
import { filled, fromAddress, type Parameter, parametersOf } from '../components/schema.ts'
import { askQuestion, listQuestions } from '../contract.ts'
import { texts } from '../texts.ts'

type Known = AnswerOf<typeof listQuestions>['questions'][number]

/** One question: its parameters as a form, its answer as a table, and where the answer comes from. */
export default function Question() {
  const { t, language } = useLanguage()
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const query = useRead(listQuestions, {})
  const known = query.data?.questions.find((question) => question.id === id)
  if (known) return <Asked key={id} known={known} />
  if (query.isPending)
    return (
      <Page title={t(texts.title)}>
        <Loading rows={10} />
      </Page>
    )
  return (
    <Page title={id}>
      {query.isError ? (
        <Problem fault={faultOf(query.error, language)} onRetry={() => void query.refetch()} />
      ) : (
        <Empty title={t(texts.nothing)} action={<PageLink to="/questions">{t(texts.all)}</PageLink>}>
          <code>{id}</code>
        </Empty>
      )}
    </Page>
  )
}

function Asked({ known }: { known: Known }) {
  const { t, language, format } = useLanguage()
  const { timeZone } = useReader()
  const { address, set } = useAddress()
  const parameters = useMemo(() => parametersOf(known.parameters), [known])
  const given = fromAddress(address.with)
  const proposed = useProposal(parameters)
  // What lacks nothing is answered at once.
  const lacking = parameters.some(({ name, needed }) => needed && proposed[name] === undefined)
  const asked = given ?? (lacking ? undefined : filled(parameters, proposed))
  const query = useRead(askQuestion, { params: { question: known.id }, body: asked ?? {} }, { enabled: Boolean(asked) })
  const [again, setAgain] = useState(false)
  const title = known.title[language]
  const sentence = query.data?.rows.length
    ? t(texts.answerSentence, {
        title,
        rows: format.number(query.data.rows.length),
        asOf: format.instant(query.data.asOf, timeZone),
      })
    : title
  return (
    <Page
      title={`${t(texts.title)} · ${known.id}`}
      sentence={sentence}
      actions={<PageLink to="/questions">{t(texts.all)}</PageLink>}
    >
      <p className="zy-quiet">{known.definition[language]}</p>
      <Section title={t(texts.parameters)}>
        {given === null ? <p role="alert">{t(texts.withBad)}</p> : null}
        <ParameterForm
          parameters={parameters}
          initial={given ?? proposed}
          // Not while figures are renewed beside: nobody has asked then.
          busy={again || query.isLoading || query.isPlaceholderData}
          onAsk={(values) => {
            const said = JSON.stringify(values)
            // The same again is asked again: the data may be newer.
            if (said === address.with) {
              setAgain(true)
              void query.refetch().finally(() => setAgain(false))
            } else set({ with: said })
          }}
        />
      </Section>
      {asked ? (
        <Answer query={query} skeleton={<Loading rows={8} />}>
          {(answer) => (
            <>
              <AnswerTable key={answer.question} given={answer} />
              <Behind given={answer} />
            </>
          )}
        </Answer>
      ) : (
        <Empty title={t(texts.askFirst)}>{t(texts.askFirstWhy)}</Empty>
      )}
    </Page>
  )
}

/** The place and period that the reader stands at fill what they fit. */
function useProposal(parameters: readonly Parameter[]): Record<string, unknown> {
  const { address } = useAddress()
  const { today, newestDay } = useReader()
  const standard = openingPeriod(today, newestDay)
  const period = { from: address.from ?? standard.from, to: address.to ?? standard.to }
  const known: Record<string, unknown> = { ...period, asOf: period.to, unit: address.unit }
  return Object.fromEntries(parameters.map(({ name }) => [name, known[name]]))
}
