import { App, Button } from 'antd'
import { Answer } from '#ui/Answer.tsx'
import { useRead, useWrite } from '#ui/api.tsx'
import { DetailDrawer } from '#ui/DetailDrawer.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Secret } from '#ui/Secret.tsx'
import { Loading } from '#ui/states.tsx'
import { texts as kit } from '#ui/texts.ts'
import { useTold } from '#ui/told.tsx'
import { createLink, disableUser, enableUser, revokeUserSessions, userSessions } from '../contract.ts'
import { texts } from '../texts.ts'
import { Grants } from './Grants.tsx'
import { stateOf, type User } from './rights.ts'
import { Sessions } from './Sessions.tsx'

const stale = ['access.listUsers', 'access.userSessions']

/** One person: state, roles, sessions, and a link to set a password. */
export function UserDrawer({ user, onClose }: { user: User | undefined; onClose(): void }) {
  const { t } = useLanguage()
  return (
    <DetailDrawer
      open={user !== undefined}
      onClose={onClose}
      title={user ? `${user.name} · ${user.login}` : t(texts.users)}
    >
      {user ? <Detail key={user.id} user={user} /> : null}
    </DetailDrawer>
  )
}

function Detail({ user }: { user: User }) {
  const { t, format } = useLanguage()
  const { message } = App.useApp()
  const { permissions, timeZone, id } = useReader()
  const may = permissions.has('access.write')
  const { failed: refused } = useTold()
  const params = { id: user.id }
  const link = useWrite(createLink)
  const disable = useWrite(disableUser, stale)
  const enable = useWrite(enableUser, stale)
  const turnOn = (key?: string) =>
    enable.mutate(
      { params },
      {
        onError: refused,
        onSuccess: () => {
          if (key) message.destroy(key)
          message.success(t(texts.enabled, { name: user.name }))
        },
      },
    )
  const turnOff = () =>
    disable.mutate(
      { params },
      {
        onError: refused,
        onSuccess: () => {
          const key = `disabled-${user.id}`
          message.success({
            key,
            duration: 8,
            content: (
              <>
                {t(texts.disabled, { name: user.name })}{' '}
                <Button size="small" type="link" onClick={() => turnOn(key)}>
                  {t(kit.undo)}
                </Button>
              </>
            ),
          })
        },
      },
    )
  return (
    <>
      <p className="zy-quiet">
        {[
          t(texts[`state_${stateOf(user)}`]),
          `${t(texts.lastSignIn)} ${user.lastSignedInAt ? format.instant(user.lastSignedInAt, timeZone) : t(texts.never)}`,
          `${t(texts.created)} ${format.instant(user.createdAt, timeZone)}`,
        ].join(' · ')}
      </p>
      {link.data ? <LinkShown name={user.name} token={link.data.link.token} until={link.data.link.expiresAt} /> : null}
      {may && user.id !== id ? (
        <p className="zy-rights-buttons">
          {user.disabled ? null : (
            <Button
              title={t(texts.linkMakeWhy)}
              loading={link.isPending}
              onClick={() => link.mutate({ params }, { onError: refused })}
            >
              {t(texts.linkMake)}
            </Button>
          )}
          {user.disabled ? (
            <Button loading={enable.isPending} onClick={() => turnOn()}>
              {t(texts.enable)}
            </Button>
          ) : (
            <Button loading={disable.isPending} onClick={turnOff}>
              {t(texts.disable)}
            </Button>
          )}
        </p>
      ) : null}
      <Grants user={user} />
      <UserSessions user={user} may={may} />
    </>
  )
}

function UserSessions({ user, may }: { user: User; may: boolean }) {
  const { t, format } = useLanguage()
  const { message } = App.useApp()
  const { failed: refused } = useTold()
  const query = useRead(userSessions, { params: { id: user.id } })
  const end = useWrite(revokeUserSessions, stale)
  return (
    <Section
      title={t(texts.sessions)}
      actions={
        may && query.data?.sessions.length ? (
          <Button
            size="small"
            loading={end.isPending}
            onClick={() =>
              end.mutate(
                { params: { id: user.id } },
                {
                  onError: refused,
                  onSuccess: ({ ended }) => message.success(t(texts.sessionsEnded, { count: format.number(ended) })),
                },
              )
            }
          >
            {t(texts.endSessions)}
          </Button>
        ) : null
      }
    >
      <Answer query={query} skeleton={<Loading rows={2} />}>
        {({ sessions }) => <Sessions sessions={sessions} />}
      </Answer>
    </Section>
  )
}

/** The link as it is handed over: behind the '#', so that no server logs it. */
export function LinkShown({ name, token, until }: { name: string; token: string; until: string }) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  return (
    <Secret
      name={t(texts.linkOf, { name })}
      value={`${location.origin}/welcome#${token}`}
      note={t(texts.linkNote, { until: format.instant(until, timeZone) })}
    />
  )
}
