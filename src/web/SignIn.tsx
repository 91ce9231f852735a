import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Form, Input } from 'antd'
import { useEffect } from 'react'
import { signIn } from '#features/access/contract.ts'
import { useAddress } from '#ui/address.ts'
import { faultOf, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Problem } from '#ui/states.tsx'
import { Door } from './Door.tsx'
import { DemoSignIns } from './DemoSignIns.tsx'
import { texts } from './texts.ts'
import './shell.css'

/** Where to go after sign-in: a page of this house, never another address. */
const safeNext = (next: string | undefined): string => (next && /^\/(?![/\\])/.test(next) ? next : '/')

export default function SignIn() {
  const { t, language } = useLanguage()
  const { address } = useAddress()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const enter = useWrite(signIn)
  useEffect(() => {
    document.title = `${t(texts.signIn)} · 知音 Zhiyin`
  }, [t])
  const submit = (body: { login: string; password: string }) =>
    enter.mutate(
      { body },
      {
        onSuccess: () => {
          queries.clear()
          void navigate({ href: safeNext(address.next), replace: true } as never)
        },
      },
    )
  return (
    <Door title={t(texts.signInTitle)} lead={t(texts.tagline)} below={<DemoSignIns onChoose={submit} />}>
      {enter.isError ? <Problem kind="write" fault={faultOf(enter.error, language)} /> : null}
      <Form layout="vertical" requiredMark={false} onFinish={submit} style={{ marginTop: enter.isError ? 16 : 0 }}>
        <Form.Item name="login" label={t(texts.login)} rules={[{ required: true, message: t(texts.needed) }]}>
          <Input size="large" autoComplete="username" autoCapitalize="none" autoFocus />
        </Form.Item>
        <Form.Item name="password" label={t(texts.password)} rules={[{ required: true, message: t(texts.needed) }]}>
          <Input.Password size="large" autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" size="large" block htmlType="submit" loading={enter.isPending}>
          {t(texts.signIn)}
        </Button>
      </Form>
    </Door>
  )
}
