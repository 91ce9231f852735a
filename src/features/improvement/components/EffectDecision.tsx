import { Button, Input, Radio } from 'antd'
import { useState } from 'react'
import { useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Labelled } from '#ui/Labelled.tsx'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { useTold } from '#ui/told.tsx'
import { decideEffect, decisions, recheckEffect, undoEffect } from '../contract.ts'
import { texts } from '../texts.ts'
import { type Effect, stale } from './shown.ts'
import { usePeople } from './usePeople.ts'

type Decision = (typeof decisions)[number]

/** Make it standard, adjust it or roll it back; against the verdict only with a word of why. */
export function EffectDecision({ effect }: { effect: Effect }) {
  const { t, format } = useLanguage()
  const { permissions, timeZone, today } = useReader()
  const { nameOf } = usePeople()
  const { told, failed } = useTold()
  const decide = useWrite(decideEffect, stale)
  const undo = useWrite(undoEffect, stale)
  const recheck = useWrite(recheckEffect, stale)
  const [chosen, choose] = useState<Decision>()
  const [note, setNote] = useState('')
  const params = { id: effect.id }
  const may = permissions.has('effects.decide')
  const against =
    (chosen === 'standardise' && effect.verdict !== 'proved') || (chosen === 'roll_back' && effect.verdict === 'proved')
  const takeBack = () =>
    undo.mutate({ params, body: {} }, { onSuccess: () => told(t(texts.decisionUndone)), onError: failed })
  const send = (decision: Decision) =>
    decide.mutate(
      { params, body: { decision, revision: effect.revision, ...(note.trim() ? { note: note.trim() } : {}) } },
      {
        onSuccess: () => told(t(texts.decided, { decision: t(texts[`decision_${decision}`]) }), takeBack),
        onError: failed,
      },
    )
  return (
    <Section
      title={t(texts.decision)}
      note={<b>{effect.decision ? t(texts[`decision_${effect.decision}`]) : t(texts.undecided)}</b>}
    >
      <div className="zy-decide">
        {effect.decision ? (
          <p className="zy-quiet zy-decided">
            {t(texts.by, { name: nameOf(effect.decidedBy), at: format.instant(effect.decidedAt, timeZone) })}
            {effect.decisionNote ? <q>{effect.decisionNote}</q> : null}
          </p>
        ) : may && effect.kind === 'primary' ? (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (chosen) send(chosen)
            }}
          >
            <fieldset>
              <legend>{t(texts.decideAsk)}</legend>
              <Radio.Group
                vertical
                value={chosen}
                onChange={({ target }) => choose(target.value as Decision)}
                options={decisions.map((value) => ({ value, label: t(texts[`decision_${value}`]) }))}
              />
              <Labelled name={t(against ? texts.decideNoteNeeded : texts.decideNote)}>
                {(id) => (
                  <Input.TextArea
                    id={id}
                    rows={2}
                    maxLength={2000}
                    value={note}
                    onChange={({ target }) => setNote(target.value)}
                  />
                )}
              </Labelled>
              <Button
                type="primary"
                htmlType="submit"
                disabled={!chosen || (against && note.trim() === '')}
                loading={decide.isPending}
              >
                {t(texts.decide)}
              </Button>
            </fieldset>
          </form>
        ) : may ? null : (
          <p className="zy-quiet">{t(texts.mayNotDecide)}</p>
        )}
        <div className="zy-decide-two">
          {may && effect.decision ? (
            <Button type="text" loading={undo.isPending} onClick={takeBack}>
              {t(texts.undoDecision)}
            </Button>
          ) : null}
          {permissions.has('actions.write') && effect.through < today ? (
            <Button
              type="text"
              loading={recheck.isPending}
              onClick={() =>
                recheck.mutate({ params, body: {} }, { onSuccess: () => told(t(texts.rechecked)), onError: failed })
              }
            >
              {t(texts.recheck)}
            </Button>
          ) : null}
        </div>
      </div>
    </Section>
  )
}
