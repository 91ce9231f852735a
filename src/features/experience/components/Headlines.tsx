import type { z } from 'zod'
import { Spark } from '#ui/charts/Spark.tsx'
import { Figure } from '#ui/Figure.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { texts as kit } from '#ui/texts.ts'
import type { headline } from '../contract.ts'
import { texts } from '../texts.ts'
import { MetricEvidence } from './MetricEvidence.tsx'
import { writtenOf } from './written.ts'
import './overview.css'

interface HeadlinesProps {
  headlines: readonly z.infer<typeof headline>[]
  period: { from: string; to: string }
  newestDay: string | null
}

/** The five numbers a board asks for, each with its change, interval, n and a year of weeks within control limits. */
export function Headlines({ headlines, period, newestDay }: HeadlinesProps) {
  const { t, language, format } = useLanguage()
  return (
    <section className="zy-headlines" aria-label={t(texts.headlines)}>
      {headlines.map((item) => {
        const written = writtenOf(item.metric)
        const name = item.name[language]
        return (
          <article key={item.metric}>
            <h2>{name}</h2>
            <Figure
              size="headline"
              name={name}
              measured={item.figure}
              written={written}
              change={item.change}
              evidence={
                <MetricEvidence
                  metric={item.metric}
                  figure={item.figure}
                  target={item.target}
                  period={period}
                  newestDay={newestDay}
                  evidence={item.evidence}
                />
              }
            />
            <Spark
              name={`${name}, ${t(texts.weekly)}`}
              values={item.spark.map((week) => week.value)}
              limits={item.limits}
              target={item.target}
            />
            <p className="zy-quiet">
              {item.target === null
                ? t(texts.no_target)
                : `${t(kit.target)} ${format.value(item.target, written.style, written.digits === undefined ? {} : { digits: written.digits })}`}
            </p>
          </article>
        )
      })}
    </section>
  )
}
