import { Button, Input } from 'antd'
import { useDeferredValue, useState } from 'react'
import type { AnswerOf } from '#contract/route.ts'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageAnswer } from '#ui/PageAnswer.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { Empty } from '#ui/states.tsx'
import { listQuestions } from '../contract.ts'
import { texts } from '../texts.ts'
import '../components/questions.css'

type Known = AnswerOf<typeof listQuestions>['questions'][number]

const groups = ['experience', 'findings', 'processes', 'improvement', 'imports'] as const
type Group = (typeof groups)[number] | 'other'
const groupOf = (id: string): Group => groups.find((group) => id.startsWith(`${group}.`)) ?? 'other'

/** 数据提问: everything that can be asked, found by its words. */
export default function Questions() {
  const { t } = useLanguage()
  const query = useRead(listQuestions, {})
  return (
    <PageAnswer title={t(texts.title)} query={query} rows={12}>
      {({ questions }) => <Found questions={questions} />}
    </PageAnswer>
  )
}

function Found({ questions }: { questions: readonly Known[] }) {
  const { t, language, format } = useLanguage()
  const [typed, setTyped] = useState('')
  const wanted = useDeferredValue(typed.trim().toLowerCase())
  const words = (question: Known) =>
    [question.id, question.title.zh, question.title.en, question.definition[language]].join('\n').toLowerCase()
  const found = wanted
    ? questions.filter((question) => wanted.split(/\s+/).every((word) => words(question).includes(word)))
    : questions
  const count = format.number(found.length)
  if (questions.length === 0)
    return (
      <Page title={t(texts.title)}>
        <Empty title={t(texts.none)} />
      </Page>
    )
  return (
    <Page title={t(texts.title)} sentence={t(wanted ? texts.sentenceFound : texts.sentence, { count })}>
      <div className="zy-question-find">
        <Input.Search
          allowClear
          aria-label={t(texts.find)}
          placeholder={t(texts.find)}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
      </div>
      {found.length === 0 ? (
        <Empty title={t(texts.nothing)} action={<Button onClick={() => setTyped('')}>{t(texts.clear)}</Button>}>
          {t(texts.nothingWhy)}
        </Empty>
      ) : null}
      {[...groups, 'other' as const].map((group) => {
        const inside = found.filter(({ id }) => groupOf(id) === group)
        if (inside.length === 0) return null
        return (
          <Section key={group} title={t(texts[`group_${group}`])}>
            <ul className="zy-questions">
              {inside.map((question) => (
                <li key={question.id}>
                  <span>
                    <PageLink to={`/questions/${question.id}`}>{question.title[language]}</PageLink>
                    <code>{question.id}</code>
                  </span>
                  <span className="zy-quiet">{question.definition[language]}</span>
                </li>
              ))}
            </ul>
          </Section>
        )
      })}
    </Page>
  )
}
