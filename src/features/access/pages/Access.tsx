import { Button, Tabs } from 'antd'
import { useState } from 'react'
import { Answer } from '#ui/Answer.tsx'
import { useAddress } from '#ui/address.ts'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Loading } from '#ui/states.tsx'
import { NewUser } from '../components/NewUser.tsx'
import { stateOf, type User } from '../components/rights.ts'
import { Tokens } from '../components/Tokens.tsx'
import { UserDrawer } from '../components/UserDrawer.tsx'
import { Users } from '../components/Users.tsx'
import { listUsers } from '../contract.ts'
import { texts } from '../texts.ts'

/** 用户与授权: who may sign in and see what; which programs may call. */
export default function Access() {
  const { t } = useLanguage()
  const { permissions } = useReader()
  const { address, set } = useAddress()
  const [limit, setLimit] = useState(50)
  const query = useRead(listUsers, { query: { limit } })
  const may = permissions.has('access.write')
  const users = query.data?.users
  const sentence = useSentence(users)
  return (
    <Page
      title={t(texts.title)}
      sentence={sentence}
      actions={
        may ? (
          <Button type="primary" onClick={() => set({ add: 'user' })}>
            {t(texts.newUser)}
          </Button>
        ) : (
          <span className="zy-quiet">{t(texts.mayNot)}</span>
        )
      }
    >
      <Tabs
        activeKey={address.tab ?? 'users'}
        onChange={(tab) => set({ tab: tab === 'users' ? undefined : tab })}
        items={[
          {
            key: 'users',
            label: t(texts.users),
            children: (
              <Answer query={query} skeleton={<Loading rows={8} />}>
                {(answer) => (
                  <Users
                    users={answer.users}
                    openId={address.user}
                    onOpen={(user) => set({ user })}
                    onMore={answer.nextCursor !== null && limit < 200 ? () => setLimit(200) : undefined}
                  />
                )}
              </Answer>
            ),
          },
          { key: 'tokens', label: t(texts.tokens), children: <Tokens /> },
        ]}
      />
      <UserDrawer user={users?.find(({ id }) => id === address.user)} onClose={() => set({ user: undefined })} />
      <NewUser
        open={may && address.add === 'user'}
        onClose={() => set({ add: undefined })}
        onCreated={(user) => set({ add: undefined, user })}
      />
    </Page>
  )
}

function useSentence(users: readonly User[] | undefined): string {
  const { t, format } = useLanguage()
  if (!users) return ' '
  const pending = users.flatMap((user) => user.grants).filter((grant) => grant.awaitsApproval).length
  const waiting = users.filter((user) => stateOf(user) === 'waiting').length
  const more = [
    pending ? t(texts.sentencePending, { count: format.number(pending) }) : '',
    waiting ? t(texts.sentenceLinks, { count: format.number(waiting) }) : '',
  ]
  return t(texts.sentence, {
    users: format.number(users.length),
    active: format.number(users.filter((user) => stateOf(user) === 'active').length),
    more: more.join(''),
  })
}
