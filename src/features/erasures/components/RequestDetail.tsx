import { Answer } from '#ui/Answer.tsx'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { readErasure } from '../contract.ts'
import { texts } from '../texts.ts'
import { Decide } from './Decide.tsx'
import { HeldTable } from './HeldTable.tsx'
import { useActorName, type Whole } from './shown.ts'
import './erasures.css'

/** One request: whom it names, why, what would go or went, and what may be decided. */
export function RequestDetail({ id, open }: { id: string; open: boolean }) {
  // While it is carried out the list is looked at again and again, not the person: each look at him is audited.
  const query = useRead(readErasure, { params: { id } }, { enabled: open, renewed: false })
  return (
    <Answer query={query} skeleton={<Loading rows={8} />}>
      {(whole) => <Shown of={whole} />}
    </Answer>
  )
}

function Shown({ of: whole }: { of: Whole }) {
  const { t } = useLanguage()
  const { facts = [], ...also } = whole.erased ?? whole.held ?? {}
  const name = t(whole.erased ? texts.erased : texts.held)
  return (
    <>
      <Facts of={whole} />
      <Section title={name} note={whole.held ? t(texts.heldNote) : undefined}>
        <HeldTable name={name} facts={facts} also={also} />
      </Section>
      {whole.state === 'requested' ? <Decide of={whole} /> : null}
    </>
  )
}

function Facts({ of: whole }: { of: Whole }) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const nameOf = useActorName()
  const by = (id: string | null, name: string | null, at: string | null) =>
    at === null ? null : [nameOf(id, name), format.instant(at, timeZone)].filter(Boolean).join(' · ')
  const rows: [string, React.ReactNode][] = [
    [
      t(texts.state),
      <span key="state" className={`zy-erasure-${whole.state}`}>
        {t(whole.waitsFor ? texts[`waits_${whole.waitsFor}`] : texts[`state_${whole.state}`])}
      </span>,
    ],
    [
      t(texts.subjects),
      <ul key="subjects">
        {whole.subjects.map(({ key, source, number }) => (
          <li key={`${key} ${source}`}>
            {number === null ? null : <b>{number}</b>} {whole.state === 'done' ? `${t(texts.subjectGone)} · ` : ''}
            <span className="zy-quiet">
              {source ? `${source} · ` : ''}
              {t(texts.key)} {key}
            </span>
          </li>
        ))}
      </ul>,
    ],
    [t(texts.ground), t(texts[`ground_${whole.ground}`])],
    [t(texts.noteShort), whole.note],
    [t(texts.requestedBy), by(whole.requestedBy, whole.requestedByName, whole.requestedAt)],
    [t(texts.decidedBy), by(whole.decidedBy, whole.decidedByName, whole.decidedAt)],
    [t(texts.refusal), whole.refusal ? t(texts[`refusal_${whole.refusal}`]) : null],
    [t(texts.refusalNote), whole.refusalNote],
    [t(texts.doneAt), whole.doneAt ? format.instant(whole.doneAt, timeZone) : null],
    [t(texts.number), <code key="id">{whole.id}</code>],
  ]
  return (
    <dl className="zy-erasure">
      {rows
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
