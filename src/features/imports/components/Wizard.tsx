import { Button, Checkbox } from 'antd'
import { useState } from 'react'
import { faultOf, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { Loading, Problem } from '#ui/states.tsx'
import { checkUpload, startLoad } from '../contract.ts'
import { texts } from '../texts.ts'
import { Arriving } from './Arriving.tsx'
import { CheckResult } from './CheckResult.tsx'
import { ColumnMeanings } from './ColumnMeanings.tsx'
import type { Draft, Upload } from './draft.ts'
import { MappingFile } from './MappingFile.tsx'
import type { Names } from './names.ts'
import { type Reading, Recognised } from './Recognised.tsx'
import { ToDecide, useToDecide } from './ToDecide.tsx'

interface WizardProps {
  upload: Upload
  /** A mapping that was given; else the guess is where one begins. */
  given: Draft | undefined
  names: Names
  reading: Reading
  onReading(change: Reading): void
  onMapping(draft: Draft): void
  /** The load, and the mapping it went by. */
  onStarted(load: number, draft: Draft): void
}

/** Steps two and three: what the file means, and what is wrong with it under that meaning. */
export function Wizard({ upload, given, names, reading, onReading, onMapping, onStarted }: WizardProps) {
  const { t, language, format } = useLanguage()
  const guess = upload.mapping as unknown as Draft
  const [draft, setDraft] = useState<Draft>(given ?? guess)
  const [checked, setChecked] = useState<Draft>()
  const [strict, setStrict] = useState(false)
  const check = useWrite(checkUpload)
  const start = useWrite(startLoad, ['loads'])
  const open = useToDecide({ upload, draft, names, kindSaid: Boolean(reading.kind || given) })
  const params = { id: upload.id }
  const mapping = draft as unknown as Record<string, unknown>
  const stale = checked !== undefined && checked !== draft
  const run = () => {
    setChecked(draft)
    check.mutate({ params, body: { mapping } })
  }
  const result = check.data
  const loadable = result && (strict ? (result.faults.length === 0 ? result.good : 0) : result.good)
  return (
    <>
      <Section
        title={t(texts.stepMeaning)}
        actions={
          <MappingFile
            draft={draft}
            fileName={upload.fileName}
            columns={upload.columns.map(({ name }) => name)}
            onTake={onMapping}
          />
        }
      >
        <Recognised
          upload={upload}
          draft={draft}
          names={names}
          reading={given ? { ...reading, kind: draft.kind } : reading}
          onReading={onReading}
          onChange={setDraft}
        />
        <ToDecide open={open} />
        <ColumnMeanings upload={upload} draft={draft} guess={guess} names={names} onChange={setDraft} />
        <p className="zy-import-buttons zy-import-go">
          <Button
            type={result && !stale ? 'default' : 'primary'}
            disabled={open.length > 0}
            loading={check.isPending}
            onClick={run}
          >
            {t(result ? texts.checkAgain : texts.check)}
          </Button>
        </p>
      </Section>
      {check.isPending || check.isError || result ? (
        <Arriving>
          <Section title={t(texts.stepCheck)}>
            {check.isPending ? (
              <>
                <p role="status">{t(texts.checking)}</p>
                <Loading rows={4} />
              </>
            ) : check.isError ? (
              <Problem fault={faultOf(check.error, language)} onRetry={run} />
            ) : result ? (
              <>
                {stale ? <p className="zy-note">{t(texts.stale)}</p> : null}
                <div className={stale ? 'zy-dimmed' : undefined}>
                  <CheckResult check={result} names={names} />
                </div>
                {start.isError ? <Problem kind="write" fault={faultOf(start.error, language)} /> : null}
                <p className="zy-import-buttons zy-import-go">
                  <Button
                    type="primary"
                    disabled={stale || !loadable}
                    loading={start.isPending}
                    onClick={() =>
                      start.mutate(
                        { params, body: { mapping, strict } },
                        { onSuccess: ({ id }) => onStarted(id, draft) },
                      )
                    }
                  >
                    {loadable ? t(texts.loadRows, { rows: format.number(loadable) }) : t(texts.nothingToLoad)}
                  </Button>
                  {result.faults.length ? (
                    <Checkbox checked={strict} onChange={({ target }) => setStrict(target.checked)}>
                      {t(texts.strict)}
                    </Checkbox>
                  ) : null}
                </p>
              </>
            ) : null}
          </Section>
        </Arriving>
      ) : null}
    </>
  )
}
