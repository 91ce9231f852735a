import { Button, Input } from 'antd'
import { useState } from 'react'
import { useAddress } from '#ui/address.ts'
import { useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Labelled } from '#ui/Labelled.tsx'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts as kit } from '#ui/texts.ts'
import { useTold } from '#ui/told.tsx'
import { daysBetween } from '#lib/time.ts'
import {
  cancelAction,
  estimateEffect,
  finishAction,
  lockAction,
  mostDaysOff,
  startAction,
  undoAction,
} from '../contract.ts'
import { texts } from '../texts.ts'
import { type OpenedAction, stale } from './shown.ts'
import { waitingWords } from './waiting.ts'

/** The next step of an action: lock, start, carried out, judged; and back, except over a lock. */
export function ActionSteps({ of: { action, effects, undoable } }: { of: OpenedAction }) {
  const { t, format } = useLanguage()
  const { permissions, today } = useReader()
  const { address, set } = useAddress()
  const { told, failed } = useTold()
  const lock = useWrite(lockAction, stale)
  const start = useWrite(startAction, stale)
  const finish = useWrite(finishAction, stale)
  const undo = useWrite(undoAction, stale)
  const estimate = useWrite(estimateEffect, stale)
  const params = { id: action.id }
  const takeBack = () => undo.mutate({ params, body: {} }, { onSuccess: () => told(t(texts.undone)), onError: failed })
  const then = (text: string, back = true) => ({
    onSuccess: () => told(text, back ? takeBack : undefined),
    onError: failed,
  })
  const may = permissions.has('actions.write')
  const waiting = waitingWords(action, t, format)
  const pending = [lock, start, finish, undo, estimate].some(({ isPending }) => isPending)
  const open = !['decided', 'cancelled'].includes(action.state) && effects.length === 0
  return (
    <Section title={t(texts.steps)} note={<b>{t(texts[`state_${action.state}`])}</b>}>
      <div className="zy-decide">
        <p className="zy-quiet">
          {action.ownerName ?? t(texts.noOwner)} · {t(texts.due)}{' '}
          <span className={action.overdue ? 'zy-overdue' : undefined}>
            {format.day(action.dueOn)}
            {action.overdue ? ` · ${t(texts.dueOver)}` : ''}
          </span>
        </p>
        {may ? null : <p className="zy-quiet">{t(texts.mayNot)}</p>}
        {may && address.step === 'cancel' && open ? (
          <CancelForm id={action.id} onDone={() => set({ step: undefined }, { replace: true })} />
        ) : may ? (
          <>
            {action.state === 'planned' ? (
              <>
                <Button
                  type="primary"
                  loading={pending}
                  onClick={() =>
                    lock.mutate({ params, body: { revision: action.revision } }, then(t(texts.locked), false))
                  }
                >
                  {t(texts.lock)}
                </Button>
                <small className="zy-quiet">{t(action.ownerUserId ? texts.lockHint : texts.lockNeedsOwner)}</small>
              </>
            ) : null}
            {action.state === 'locked' ? (
              <>
                <Button
                  type="primary"
                  loading={pending}
                  onClick={() => start.mutate({ params, body: {} }, then(t(texts.started)))}
                >
                  {t(texts.startNow)}
                </Button>
                {Math.abs(daysBetween(action.startOn, today)) > mostDaysOff ? (
                  <small className="zy-quiet">{t(texts.startMoved, { day: format.day(action.startOn) })}</small>
                ) : null}
              </>
            ) : null}
            {action.state === 'running' ? (
              <Button
                type="primary"
                loading={pending}
                onClick={() => finish.mutate({ params, body: {} }, then(t(texts.finished)))}
              >
                {t(texts.finish)}
              </Button>
            ) : null}
            {waiting ? <small className="zy-quiet">{waiting}</small> : null}
            {['running', 'finished'].includes(action.state) &&
            today >= action.analysisOn &&
            effects.length === 0 &&
            !waiting ? (
              <>
                <small className="zy-quiet">{t(texts.mayJudge)}</small>
                <Button
                  loading={pending}
                  onClick={() => estimate.mutate({ params, body: {} }, then(t(texts.estimated), false))}
                >
                  {t(texts.estimate)}
                </Button>
              </>
            ) : null}
            <div className="zy-decide-two">
              {undoable ? (
                <Button type="text" loading={pending} onClick={takeBack}>
                  {t(texts.undo)}
                </Button>
              ) : null}
              {open ? (
                <Button type="text" onClick={() => set({ step: 'cancel' }, { replace: true })}>
                  {t(texts.cancel)}…
                </Button>
              ) : null}
            </div>
          </>
        ) : null}
      </div>
    </Section>
  )
}

function CancelForm({ id, onDone }: { id: string; onDone(): void }) {
  const { t } = useLanguage()
  const { told, failed } = useTold()
  const cancel = useWrite(cancelAction, stale)
  const [reason, setReason] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        // The form is gone once the action is: the promise still tells it.
        cancel.mutateAsync({ params: { id }, body: { reason: reason.trim() } }).then(() => {
          told(t(texts.cancelledDone))
          onDone()
        }, failed)
      }}
    >
      <fieldset>
        <Labelled name={t(texts.cancelWhy)}>
          {(field) => (
            <Input.TextArea
              id={field}
              rows={2}
              maxLength={500}
              value={reason}
              onChange={({ target }) => setReason(target.value)}
            />
          )}
        </Labelled>
        <div className="zy-decide-two">
          <Button type="primary" htmlType="submit" disabled={reason.trim() === ''} loading={cancel.isPending}>
            {t(texts.cancel)}
          </Button>
          <Button onClick={onDone}>{t(kit.cancel)}</Button>
        </div>
      </fieldset>
    </form>
  )
}
