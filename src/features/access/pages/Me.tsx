import { App, Button, Form, Input } from 'antd'
import { Answer } from '#ui/Answer.tsx'
import { faultOf, useRead, useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { PageAnswer } from '#ui/PageAnswer.tsx'
import { Loading, Problem } from '#ui/states.tsx'
import { useTold } from '#ui/told.tsx'
import { changePassword, me, mySessions, revokeMySession } from '../contract.ts'
import { texts } from '../texts.ts'
import { Sessions } from '../components/Sessions.tsx'
import '../components/access.css'

/** 我的账户: who I am here, where I am signed in, my password. */
export default function Me() {
  const { t, language, format } = useLanguage()
  const query = useRead(me, {})
  return (
    <PageAnswer title={t(texts.account)} query={query} rows={8}>
      {(reader) => (
        <Page
          title={t(texts.account)}
          sentence={
            reader.roles.length
              ? t(texts.accountSentence, {
                  roles: format.list(reader.roles.map(({ name }) => name[language])),
                  units: format.number(reader.places.length),
                })
              : t(texts.accountNoRole)
          }
        >
          <Section title={t(texts.who)}>
            <dl className="zy-account">
              <dt>{t(texts.name)}</dt>
              <dd>{reader.name}</dd>
              <dt>{t(texts.login)}</dt>
              <dd>{reader.login}</dd>
              <dt>{t(texts.roles)}</dt>
              <dd>{format.list(reader.roles.map(({ name }) => name[language])) || t(texts.noRoles)}</dd>
            </dl>
          </Section>
          <MySessions />
          <Password login={reader.login} />
        </Page>
      )}
    </PageAnswer>
  )
}

function MySessions() {
  const { t } = useLanguage()
  const { message } = App.useApp()
  const { failed: refused } = useTold()
  const query = useRead(mySessions, {})
  const end = useWrite(revokeMySession, ['access.mySessions'])
  return (
    <Section title={t(texts.mySessions)}>
      <Answer query={query} skeleton={<Loading rows={2} />}>
        {({ sessions }) => (
          <Sessions
            sessions={sessions}
            onEnd={(id) =>
              end.mutate(
                { params: { id } },
                { onError: refused, onSuccess: () => message.success(t(texts.sessionEnded)) },
              )
            }
          />
        )}
      </Answer>
    </Section>
  )
}

interface Fields {
  current: string
  next: string
}

function Password({ login }: { login: string }) {
  const { t, language } = useLanguage()
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const change = useWrite(changePassword, ['access.mySessions'])
  return (
    <Section title={t(texts.password)}>
      <Form
        form={form}
        layout="vertical"
        className="zy-password"
        requiredMark={false}
        onFinish={({ current, next }) =>
          change.mutate(
            { body: { current, next } },
            {
              onSuccess: () => {
                form.resetFields()
                message.success(t(texts.passwordChanged))
              },
            },
          )
        }
      >
        {change.isError ? <Problem kind="write" fault={faultOf(change.error, language)} /> : null}
        {/* A password manager needs to know whose password it is. */}
        <input hidden readOnly autoComplete="username" value={login} />
        <Form.Item
          name="current"
          label={t(texts.passwordCurrent)}
          rules={[{ required: true, message: t(texts.needed) }]}
        >
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item
          name="next"
          label={t(texts.passwordNext)}
          extra={t(texts.passwordRule)}
          rules={[{ required: true, min: 12, message: t(texts.passwordRule) }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t(texts.passwordAgain)}
          dependencies={['next']}
          rules={[
            ({ getFieldValue }) => ({
              validator: (_, value) =>
                value === getFieldValue('next')
                  ? Promise.resolve()
                  : Promise.reject(new Error(t(texts.passwordsDiffer))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {t(texts.passwordChange)}
        </Button>
      </Form>
    </Section>
  )
}
