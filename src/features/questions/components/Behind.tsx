import { App, Button } from 'antd'
import { useState } from 'react'
import type { AnswerOf } from '#contract/route.ts'
import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { type askQuestion, readSql } from '../contract.ts'
import { texts } from '../texts.ts'

/** Where an answer comes from: its definition and versions, the same question on the command line, its SQL. */
export function Behind({ given }: { given: AnswerOf<typeof askQuestion> }) {
  const { t, format } = useLanguage()
  const { permissions } = useReader()
  const [open, setOpen] = useState(false)
  const asked = JSON.stringify(given.parameters)
  return (
    <Section
      title={t(texts.behind)}
      note={t(texts.version, { version: given.version, data: format.number(given.dataVersion) })}
    >
      <Copyable
        name={t(texts.commandLine)}
        text={`zhiyin ask ${given.question} '${asked.replaceAll("'", "'\\''")}' --json`}
      />
      {permissions.has('questions.sql') ? (
        <details className="zy-question-sql" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary>{t(texts.sql)}</summary>
          {open ? <Sql question={given.question} parameters={given.parameters} /> : null}
        </details>
      ) : null}
    </Section>
  )
}

function Sql({ question, parameters }: { question: string; parameters: unknown }) {
  const { t } = useLanguage()
  const query = useRead(readSql, { params: { question }, body: (parameters ?? {}) as Record<string, unknown> })
  return (
    <Answer query={query} skeleton={<Loading rows={6} />}>
      {({ engine, text, values }) =>
        text === null ? (
          <p>{t(texts.sqlNone)}</p>
        ) : (
          <>
            <Copyable name={`${engine} · ${t(texts.sqlWhy)}`} text={tidy(text)} />
            {values.length ? <Copyable name={t(texts.sqlValues)} text={JSON.stringify(values)} /> : null}
          </>
        )
      }
    </Answer>
  )
}

/** Without the indentation that its author's file gave it. */
function tidy(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim())
  const indents = lines.slice(1).map((line) => line.length - line.trimStart().length)
  const least = Math.min(...indents, 40)
  return lines.map((line, index) => (index === 0 ? line.trim() : line.slice(least))).join('\n')
}

function Copyable({ name, text }: { name: string; text: string }) {
  const { t } = useLanguage()
  const { message } = App.useApp()
  return (
    <figure className="zy-copyable">
      <figcaption>
        <span className="zy-quiet">{name}</span>
        <Button
          size="small"
          type="text"
          onClick={() => void navigator.clipboard.writeText(text).then(() => message.success(t(texts.copied)))}
        >
          {t(texts.copy)}
        </Button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </figure>
  )
}
