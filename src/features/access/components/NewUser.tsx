import { Button, Form, Input, Segmented } from 'antd'
import { faultOf, useWrite } from '#ui/api.tsx'
import { DetailDrawer } from '#ui/DetailDrawer.tsx'
import { languageNames, useLanguage } from '#ui/i18n.ts'
import { Problem } from '#ui/states.tsx'
import { createUser } from '../contract.ts'
import { texts } from '../texts.ts'
import { LinkShown } from './UserDrawer.tsx'

interface Fields {
  name: string
  login: string
  language: 'zh' | 'en'
}

interface NewUserProps {
  open: boolean
  onClose(): void
  /** Goes on to the person, to give a role. */
  onCreated(id: string): void
}

/** A new person: who, under which login; then the link with which he chooses his password. */
export function NewUser({ open, onClose, onCreated }: NewUserProps) {
  const { t } = useLanguage()
  return (
    <DetailDrawer open={open} onClose={onClose} title={t(texts.newUser)} width={480}>
      {open ? <Create onCreated={onCreated} /> : null}
    </DetailDrawer>
  )
}

function Create({ onCreated }: Pick<NewUserProps, 'onCreated'>) {
  const { t, language } = useLanguage()
  const create = useWrite(createUser, ['access.listUsers'])
  const needed = { required: true, whitespace: true, message: t(texts.needed) }
  if (create.data)
    return (
      <>
        <LinkShown
          name={create.variables?.body.name ?? ''}
          token={create.data.link.token}
          until={create.data.link.expiresAt}
        />
        <p>{t(texts.noGrants)}</p>
        <Button type="primary" onClick={() => onCreated(create.data.id)}>
          {t(texts.give)}
        </Button>
      </>
    )
  return (
    <Form<Fields>
      layout="vertical"
      requiredMark={false}
      initialValues={{ language }}
      onFinish={(body) => create.mutate({ body })}
    >
      {create.isError ? <Problem kind="write" fault={faultOf(create.error, language)} /> : null}
      <Form.Item name="name" label={t(texts.name)} rules={[{ ...needed, max: 80 }]}>
        <Input autoFocus autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="login"
        label={t(texts.login)}
        extra={t(texts.loginRule)}
        normalize={(value: string) => value.trim().toLowerCase()}
        rules={[needed, { pattern: /^[a-z0-9][a-z0-9._@-]{1,63}$/, message: t(texts.loginRule) }]}
      >
        <Input autoComplete="off" autoCapitalize="none" />
      </Form.Item>
      <Form.Item name="language" label={t(texts.language)}>
        <Segmented
          options={[
            { value: 'zh', label: languageNames.zh },
            { value: 'en', label: languageNames.en },
          ]}
        />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t(texts.create)}
      </Button>
    </Form>
  )
}
