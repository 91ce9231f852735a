import { Button, Progress } from 'antd'
import { type DragEvent, useRef, useState } from 'react'
import { faultOf } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Problem } from '#ui/states.tsx'
import { texts as kit } from '#ui/texts.ts'
import { useUpload } from '#ui/upload.ts'
import { sendFile } from '../contract.ts'
import { texts } from '../texts.ts'
import './import.css'

/** Takes a file by drop, by press or by key, and says how far its sending is. */
export function FileDrop({ onSent }: { onSent(id: string): void }) {
  const { t, language, format } = useLanguage()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [name, setName] = useState('')
  const sending = useUpload(sendFile)
  const send = (file: File | undefined) => {
    if (!file) return
    setName(file.name)
    sending.mutate(
      { file, query: { fileName: file.name } },
      {
        onSuccess: (upload) => upload && onSent(upload.id),
      },
    )
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    send(event.dataTransfer.files[0])
  }
  const { progress } = sending
  if (progress)
    return (
      <div className="zy-drop" role="status">
        <p>
          {t(texts.sending, { file: name, sent: format.bytes(progress.sent), total: format.bytes(progress.total) })}
          {progress.secondsLeft === null
            ? null
            : ` · ${t(texts.secondsLeft, { time: format.seconds(progress.secondsLeft) })}`}
        </p>
        <Progress
          aria-label={name}
          percent={Math.round((100 * progress.sent) / Math.max(1, progress.total))}
          size="small"
        />
        <Button onClick={sending.cancel}>{t(kit.cancel)}</Button>
      </div>
    )
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by key and ear */}
      <div
        className={over ? 'zy-drop zy-drop-over' : 'zy-drop'}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <p>
          <span className="zy-drop-words">{t(texts.drop)}</span>{' '}
          <Button type="primary" onClick={() => input.current?.click()}>
            {t(texts.choose)}
          </Button>
        </p>
        <p className="zy-quiet">{t(texts.formats)}</p>
        <input
          ref={input}
          type="file"
          hidden
          onChange={({ target }) => {
            send(target.files?.[0])
            // So that the same file can be chosen again.
            target.value = ''
          }}
        />
      </div>
      {sending.isError ? <Problem kind="write" fault={faultOf(sending.error, language)} /> : null}
    </>
  )
}
