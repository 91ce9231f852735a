import { useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { useEffect, useState } from 'react'
import { Answer } from '#ui/Answer.tsx'
import { useAddress } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { DetailDrawer } from '#ui/DetailDrawer.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Empty, Loading } from '#ui/states.tsx'
import { NewRequest } from '../components/NewRequest.tsx'
import { RequestDetail } from '../components/RequestDetail.tsx'
import { Requests } from '../components/Requests.tsx'
import { listErasures, readErasure } from '../contract.ts'
import { texts } from '../texts.ts'

/** While something is carried out; otherwise nobody is asked again. */
const everyMs = 5_000

/** 个人信息删除: who asked to be erased, what was decided, what became of it. */
export default function Erasures() {
  const { t, format } = useLanguage()
  const { permissions } = useReader()
  const { address, set } = useAddress()
  const [limit, setLimit] = useState(50)
  const [busy, setBusy] = useState(false)
  const query = useRead(listErasures, { query: { limit } }, { every: busy ? everyMs : false })
  const may = permissions.has('privacy.erase')
  const running = query.data?.requests.filter(({ state }) => state === 'approved').length ?? 0
  useEffect(() => setBusy(running > 0), [running])
  const states = query.data?.requests.map(({ state }) => state).join()
  const queries = useQueryClient()
  // What is open in the drawer is looked at again when it has come further, and only then.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the states are what is waited for
  useEffect(() => void queries.invalidateQueries({ queryKey: [readErasure.id] }), [states, queries])
  const waiting = query.data?.waiting ?? 0
  const counts = { waiting: format.number(waiting), running: format.number(running) }
  const file = may ? (
    <Button type="primary" onClick={() => set({ add: 'request' })}>
      {t(texts.newRequest)}
    </Button>
  ) : (
    <span className="zy-quiet">{t(texts.mayNot)}</span>
  )
  return (
    <Page
      title={t(texts.title)}
      sentence={!query.data ? ' ' : waiting + running > 0 ? t(texts.sentenceOpen, counts) : t(texts.sentenceNone)}
      actions={file}
    >
      <Answer query={query} skeleton={<Loading rows={6} />}>
        {({ requests, nextCursor }) =>
          requests.length === 0 ? (
            <Empty title={t(texts.none)} action={may ? file : null}>
              {t(texts.noneWhy)}
            </Empty>
          ) : (
            <Section title={t(texts.requests)}>
              <Requests
                requests={requests}
                openId={address.request}
                onOpen={may ? (request) => set({ request }) : undefined}
                onMore={nextCursor !== null && limit < 200 ? () => setLimit(200) : undefined}
              />
            </Section>
          )
        }
      </Answer>
      <DetailDrawer
        open={may && address.add === 'request'}
        onClose={() => set({ add: undefined })}
        title={t(texts.newRequest)}
        width={620}
      >
        {query.data ? (
          <NewRequest sources={query.data.sources} onFiled={(request) => set({ add: undefined, request })} />
        ) : null}
      </DetailDrawer>
      <DetailDrawer
        open={may && address.request !== undefined}
        onClose={() => set({ request: undefined })}
        title={t(texts.request)}
        width={620}
      >
        {address.request ? <RequestDetail id={address.request} open={may} /> : null}
      </DetailDrawer>
    </Page>
  )
}
