import { EyeOutlined, StarFilled } from '@ant-design/icons'
import { Button, Input, Radio, Select } from 'antd'
import { useState } from 'react'
import { useAddress } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Labelled } from '#ui/Labelled.tsx'
import { Section } from '#ui/Page.tsx'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts as kit } from '#ui/texts.ts'
import { dismissReasons, listFindings, resolveReasons } from '../contract.ts'
import { texts } from '../texts.ts'
import type { Case } from './FindingPicture.tsx'
import { isOpen, useDecisions } from './useDecisions.ts'
import { usePeople } from './usePeople.ts'

const forms = ['dismiss', 'resolve', 'merge'] as const

/** Where it stands and what may be decided; each decision can be taken back. The address says which form is open. */
export function DecisionPanel({ of: { finding, history, undoable } }: { of: Case }) {
  const { t, format } = useLanguage()
  const { permissions, timeZone } = useReader()
  const { address, set } = useAddress()
  const { owners, nameOf } = usePeople()
  const decisions = useDecisions(finding)
  const [owner, setOwner] = useState<string>()
  const may = permissions.has('findings.decide')
  const form = may && isOpen(finding) ? forms.find((one) => one === address.decide) : undefined
  const close = () => set({ decide: undefined }, { replace: true })
  const reason =
    finding.reason && `reason_${finding.reason}` in texts ? texts[`reason_${finding.reason}` as 'reason_known'] : null
  const newest = history.findLast(({ event, undone }) => event !== 'undo' && !undone)
  const newestName =
    newest && `event_${newest.event}` in texts ? t(texts[`event_${newest.event}` as 'event_accept']) : ''
  return (
    <Section
      title={t(texts.decision)}
      note={<b className={`zy-state zy-state-${finding.state}`}>{t(texts[`state_${finding.state}`])}</b>}
    >
      <div className="zy-decide">
        {finding.decidedBy ? (
          <p className="zy-quiet zy-decided">
            {reason ? `${t(reason)} · ` : ''}
            {t(texts.decidedBy, { name: nameOf(finding.decidedBy), at: format.instant(finding.decidedAt, timeZone) })}
            {finding.note ? <q>{finding.note}</q> : null}
          </p>
        ) : null}
        {finding.state === 'accepted' ? (
          <p>{finding.ownerUserId ? t(texts.ownerIs, { name: nameOf(finding.ownerUserId) }) : t(texts.noOwner)}</p>
        ) : null}
        {finding.state === 'accepted' && permissions.has('actions.write') ? (
          <PageLink to="/actions/new" also={{ finding: finding.id }} className="zy-button">
            {t(texts.planAction)}
          </PageLink>
        ) : null}
        {form ? (
          <DecisionForm key={form} form={form} of={finding} decisions={decisions} onDone={close} />
        ) : may && (isOpen(finding) || finding.state === 'dismissed') ? (
          <>
            {finding.state === 'accepted' ? null : (
              <>
                {owners.length > 1 ? (
                  <Labelled name={t(texts.owner)}>
                    {(id) => (
                      <Select
                        id={id}
                        allowClear
                        value={owner ?? null}
                        onChange={(value) => setOwner(value ?? undefined)}
                        placeholder={t(texts.ownerMe)}
                        showSearch={{ optionFilterProp: 'label' }}
                        options={owners.map(({ id: value, name }) => ({ value, label: name }))}
                      />
                    )}
                  </Labelled>
                ) : null}
                <Button type="primary" loading={decisions.pending} onClick={() => decisions.accept(owner)}>
                  {t(texts.accept)}
                </Button>
              </>
            )}
            {isOpen(finding) ? (
              <>
                <Button onClick={() => set({ decide: 'dismiss' }, { replace: true })}>{t(texts.dismiss)}…</Button>
                <div className="zy-decide-two">
                  <Button type="text" onClick={() => set({ decide: 'resolve' }, { replace: true })}>
                    {t(texts.resolve)}…
                  </Button>
                  <Button type="text" onClick={() => set({ decide: 'merge' }, { replace: true })}>
                    {t(texts.merge)}…
                  </Button>
                </div>
              </>
            ) : null}
          </>
        ) : null}
        {may ? null : <p className="zy-quiet">{t(texts.mayNot)}</p>}
        <div className="zy-decide-two">
          <Button
            type="text"
            aria-pressed={finding.watched}
            icon={finding.watched ? <StarFilled /> : <EyeOutlined />}
            onClick={decisions.toggleWatch}
          >
            {t(finding.watched ? texts.watching : texts.watch)}
          </Button>
          {may && undoable ? (
            <Button type="text" loading={decisions.pending} onClick={decisions.undo}>
              {t(texts.undoThis, { event: newestName })}
            </Button>
          ) : null}
        </div>
      </div>
    </Section>
  )
}

interface DecisionFormProps {
  form: (typeof forms)[number]
  of: Case['finding']
  decisions: ReturnType<typeof useDecisions>
  onDone(): void
}

function DecisionForm({ form, of: finding, decisions, onDone }: DecisionFormProps) {
  const { t, language } = useLanguage()
  const [chosen, choose] = useState<string>()
  const [note, setNote] = useState('')
  const others = useRead(listFindings, { query: { limit: 200, folded: 'yes' } }, { enabled: form === 'merge' })
  const candidates = (others.data?.items ?? []).filter(({ id }) => id !== finding.id)
  const asks = { dismiss: texts.reasonAsk, resolve: texts.resolveAsk, merge: texts.mergeAsk }
  const names = { dismiss: texts.dismiss, resolve: texts.resolve, merge: texts.merge }
  const needsNote = chosen === 'other' && note.trim() === ''
  const send = () => {
    if (form === 'merge') {
      const into = candidates.find(({ id }) => id === chosen)
      if (into) decisions.merge(into, note, onDone)
      return
    }
    const dismissed = dismissReasons.find((reason) => reason === chosen)
    const resolved = resolveReasons.find((reason) => reason === chosen)
    if (form === 'dismiss' && dismissed) decisions.dismiss(dismissed, note, onDone)
    if (form === 'resolve' && resolved) decisions.resolve(resolved, note, onDone)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <fieldset>
        <legend>{t(asks[form])}</legend>
        {form === 'merge' ? (
          candidates.length === 0 && others.data ? (
            <p className="zy-quiet">{t(texts.mergeNone)}</p>
          ) : (
            <Select
              aria-label={t(texts.mergeAsk)}
              value={chosen ?? null}
              onChange={(value) => choose(value ?? undefined)}
              showSearch={{ optionFilterProp: 'label' }}
              popupMatchSelectWidth={420}
              options={candidates.map(({ id, title }) => ({ value: id, label: title[language] }))}
            />
          )
        ) : (
          <Radio.Group
            vertical
            value={chosen}
            onChange={({ target }) => choose(target.value as string)}
            options={(form === 'dismiss' ? dismissReasons : resolveReasons).map((reason) => ({
              value: reason,
              label: t(texts[`reason_${reason}`]),
            }))}
          />
        )}
        <Labelled name={t(form === 'merge' ? texts.note : texts.noteNeeded)}>
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
        {form === 'dismiss' ? <small className="zy-quiet">{t(texts.dismissHint)}</small> : null}
        <div className="zy-decide-two">
          <Button type="primary" htmlType="submit" disabled={!chosen || needsNote} loading={decisions.pending}>
            {t(names[form])}
          </Button>
          <Button onClick={onDone}>{t(kit.cancel)}</Button>
        </div>
      </fieldset>
    </form>
  )
}
