import { Button, Input, Popover, Segmented } from 'antd'
import { useState } from 'react'
import { openingPeriod } from '#lib/period.ts'
import { useAddress } from '#ui/address.ts'
import { useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { presetIds, presetOf, presets } from './periods.ts'
import { texts } from './texts.ts'

/** Which days, and what they are compared with. */
export function PeriodPicker() {
  const { t, format } = useLanguage()
  const { today, newestDay } = useReader()
  const { address, set } = useAddress()
  const [open, setOpen] = useState(false)
  const standard = openingPeriod(today, newestDay)
  const period = { from: address.from ?? standard.from, to: address.to ?? standard.to }
  const preset = presetOf(period, today)
  const compare = address.compare === 'last_year' ? 'last_year' : 'previous'
  const known = presets(today)
  return (
    <Popover
      trigger="click"
      placement="bottomLeft"
      // Beside its button in the document, so that Tab goes from the one into the other.
      getPopupContainer={(button) => button.parentElement ?? document.body}
      open={open}
      onOpenChange={setOpen}
      content={
        <div className="zy-period">
          <div className="zy-period-presets">
            {presetIds.map((id) => (
              <Button
                key={id}
                size="small"
                type={preset === id ? 'primary' : 'default'}
                onClick={() => {
                  set({ ...known[id] })
                  setOpen(false)
                }}
              >
                {t(texts[id])}
              </Button>
            ))}
          </div>
          <fieldset className="zy-period-days">
            <legend className="zy-quiet">{t(texts.ownPeriod)}</legend>
            <Input
              type="date"
              aria-label={t(texts.firstDay)}
              value={period.from}
              max={period.to}
              onChange={({ target }) => target.value && set({ from: target.value, to: period.to })}
            />
            <span aria-hidden="true">–</span>
            <Input
              type="date"
              aria-label={t(texts.lastDay)}
              value={period.to}
              min={period.from}
              max={today}
              onChange={({ target }) => target.value && set({ from: period.from, to: target.value })}
            />
          </fieldset>
          <Segmented
            block
            aria-label={t(texts.compare)}
            value={compare}
            onChange={(value) => set({ compare: value === 'last_year' ? 'last_year' : undefined })}
            options={(['previous', 'last_year'] as const).map((value) => ({
              value,
              label: t(texts[`compare_${value}`]),
            }))}
          />
        </div>
      }
    >
      <Button aria-haspopup="dialog" aria-expanded={open}>
        <span className="zy-visually-hidden">{t(texts.period)} </span>
        {preset ? t(texts[preset]) : `${format.day(period.from)} – ${format.day(period.to)}`}
        <span className="zy-quiet zy-wide-only"> {t(texts[`compare_${compare}`])}</span>
      </Button>
    </Popover>
  )
}
