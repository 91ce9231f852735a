import { App, Button } from 'antd'
import { useLanguage } from './i18n.ts'
import { texts } from './texts.ts'
import './states.css'

/** A secret that is shown this once: what it is for, until when, and a way to copy it. */
export function Secret({ name, value, note }: { name: string; value: string; note: string }) {
  const { t } = useLanguage()
  const { message } = App.useApp()
  return (
    <div className="zy-secret" role="status">
      <b>{name}</b>
      <code>{value}</code>
      <span>
        <Button
          type="primary"
          onClick={() => void navigator.clipboard.writeText(value).then(() => message.success(t(texts.copied)))}
        >
          {t(texts.copy)}
        </Button>
      </span>
      <span className="zy-quiet">{note}</span>
    </div>
  )
}
