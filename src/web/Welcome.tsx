import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Form, Input } from 'antd'
import { useEffect, useState } from 'react'
import { acceptLink, readLink } from '#features/access/contract.ts'
import { Answer } from '#ui/Answer.tsx'
import { faultOf, useRead, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Problem } from '#ui/states.tsx'
import { Door } from './Door.tsx'
import { texts } from './texts.ts'
import './shell.css'

interface Chosen {
  name?: string
  login?: string
  password: string
}

/** A one-time link: the first administrator sets himself up, a new colleague chooses a password. */
export default function Welcome() {
  const { t } = useLanguage()
  // The token stands behind the '#', so that no server and no proxy ever logs it.
  const [token] = useState(() => location.hash.slice(1))
  const link = useRead(readLink, { body: { token } }, { enabled: token.length >= 20 })
  const first = link.data !== undefined && link.data.purpose !== 'set_password'
  const another = link.data?.purpose === 'administrator'
  const title = t(another ? texts.newAdmin : first ? texts.firstAdmin : texts.choosePassword)
  useEffect(() => {
    document.title = `${title} · 知音 Zhiyin`
  }, [title])
  return (
    <Door title={title} lead={t(first ? texts.firstAdminWhy : texts.choosePasswordWhy)}>
      {token.length < 20 ? (
        <p role="alert">{t(texts.linkMissing)}</p>
      ) : (
        <Answer query={link}>
          {({ purpose, login }) => <Choose token={token} first={purpose !== 'set_password'} login={login} />}
        </Answer>
      )}
    </Door>
  )
}

function Choose({ token, first, login }: { token: string; first: boolean; login: string | null }) {
  const { t, language } = useLanguage()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const accept = useWrite(acceptLink)
  const needed = [{ required: true, message: t(texts.needed) }]
  const submit = ({ name, login: chosenLogin, password }: Chosen) =>
    accept.mutate(
      { body: { token, password, ...(first && name && chosenLogin ? { name, login: chosenLogin } : {}) } },
      {
        onSuccess: () => {
          queries.clear()
          void navigate({ to: '/', replace: true })
        },
      },
    )
  return (
    <>
      {accept.isError ? <Problem kind="write" fault={faultOf(accept.error, language)} /> : null}
      <Form<Chosen> layout="vertical" requiredMark={false} onFinish={submit}>
        {first ? (
          <>
            <Form.Item name="name" label={t(texts.yourName)} rules={needed}>
              <Input size="large" autoComplete="name" autoFocus />
            </Form.Item>
            <Form.Item name="login" label={t(texts.login)} rules={needed}>
              <Input size="large" autoComplete="username" autoCapitalize="none" />
            </Form.Item>
          </>
        ) : (
          <p>
            {t(texts.login)}: <b>{login}</b>
          </p>
        )}
        <Form.Item
          name="password"
          label={t(texts.password)}
          extra={t(texts.passwordRule)}
          rules={[{ required: true, min: 12, message: t(texts.passwordRule) }]}
        >
          <Input.Password size="large" autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t(texts.passwordAgain)}
          dependencies={['password']}
          rules={[
            ({ getFieldValue }) => ({
              validator: (_, value) =>
                value === getFieldValue('password')
                  ? Promise.resolve()
                  : Promise.reject(new Error(t(texts.passwordsDiffer))),
            }),
          ]}
        >
          <Input.Password size="large" autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" size="large" block htmlType="submit" loading={accept.isPending}>
          {t(texts.create)}
        </Button>
      </Form>
    </>
  )
}
