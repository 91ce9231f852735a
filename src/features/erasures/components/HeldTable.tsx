import { useLanguage } from '#ui/i18n.ts'
import { texts } from '../texts.ts'
import type { Whole } from './shown.ts'
import './erasures.css'

type Facts = NonNullable<Whole['held']>['facts']

interface HeldTableProps {
  name: string
  facts: Facts
  /** What is counted besides facts; what is none is left out. */
  also: Partial<Record<'texts' | 'records' | 'keys' | 'versions' | 'lines' | 'files' | 'cases' | 'excerpts', number>>
}

/** Kind by kind how much it is, of which time, from how many loads. */
export function HeldTable({ name, facts, also }: HeldTableProps) {
  const { t, format } = useLanguage()
  const others = Object.entries(also).filter(([, n]) => n > 0) as [keyof typeof also, number][]
  if (facts.length === 0 && others.length === 0) return <p className="zy-quiet">{t(texts.nothing)}</p>
  return (
    <table className="zy-held" aria-label={name}>
      <thead>
        <tr>
          <th scope="col">{t(texts.kind)}</th>
          <th scope="col" className="zy-held-count">
            {t(texts.rows)}
          </th>
          <th scope="col">{t(texts.period)}</th>
          <th scope="col" className="zy-held-count">
            {t(texts.loads)}
          </th>
        </tr>
      </thead>
      <tbody>
        {facts.map(({ kind, rows, first, last, loads }) => (
          <tr key={kind}>
            <th scope="row">{t(texts[`kind_${kind}`])}</th>
            <td className="zy-held-count">{format.number(rows)}</td>
            <td>{first === last ? first : `${first} – ${last}`}</td>
            <td className="zy-held-count">{format.number(loads)}</td>
          </tr>
        ))}
        {others.map(([kind, n]) => (
          <tr key={kind}>
            <th scope="row">{t(texts[`kind_${kind}`])}</th>
            <td className="zy-held-count">{format.number(n)}</td>
            <td />
            <td />
          </tr>
        ))}
      </tbody>
    </table>
  )
}
