import { App, Button, Form } from 'antd'
import { useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { useTold } from '#ui/told.tsx'
import { approveGrant, giveGrant, revokeGrant } from '../contract.ts'
import { texts } from '../texts.ts'
import { RoleAndUnit } from './RoleAndUnit.tsx'
import { type Grant, type Role, type User, useRoleName, useUnitName } from './rights.ts'
import './access.css'

const stale = ['access.listUsers', 'access.me', 'access.userSessions']

/** The roles of one person: given, approved by a second, taken back. */
export function Grants({ user }: { user: User }) {
  const { t } = useLanguage()
  const { permissions } = useReader()
  const may = permissions.has('access.write')
  return (
    <Section title={t(texts.grants)}>
      {user.grants.length === 0 ? <p className="zy-quiet">{t(texts.noGrants)}</p> : null}
      <ul className="zy-rights">
        {user.grants.map((grant) => (
          <GrantLine key={grant.id} grant={grant} user={user} may={may} />
        ))}
      </ul>
      {may && !user.disabled ? <GiveForm user={user} /> : null}
    </Section>
  )
}

function GrantLine({ grant, user, may }: { grant: Grant; user: User; may: boolean }) {
  const { t } = useLanguage()
  const { message } = App.useApp()
  const reader = useReader()
  const roleName = useRoleName()
  const unitName = useUnitName()
  const { failed: refused } = useTold()
  const approve = useWrite(approveGrant, stale)
  const revoke = useWrite(revokeGrant, stale)
  const give = useWrite(giveGrant, stale)
  const role = roleName(grant.role)
  const takeBack = () =>
    revoke.mutate(
      { params: { id: grant.id } },
      {
        onError: refused,
        onSuccess: () => {
          const key = `grant-${grant.id}`
          const again = () => {
            message.destroy(key)
            const body = { userId: user.id, role: grant.role, unitId: grant.unitId }
            give.mutate({ body }, { onError: refused })
          }
          message.success({
            key,
            duration: 8,
            content: (
              <>
                {t(texts.revoked, { role })}{' '}
                <Button size="small" type="link" onClick={again}>
                  {t(texts.giveAgain)}
                </Button>
              </>
            ),
          })
        },
      },
    )
  return (
    <li>
      <span>
        <b>{role}</b> · {unitName(grant)}{' '}
        {grant.awaitsApproval ? <span className="zy-right-pending">◔ {t(texts.pending)}</span> : null}
      </span>
      {may ? (
        <span className="zy-rights-buttons">
          {grant.awaitsApproval && grant.grantedBy !== reader.id && user.id !== reader.id ? (
            <Button
              size="small"
              type="primary"
              loading={approve.isPending}
              onClick={() =>
                approve.mutate(
                  { params: { id: grant.id } },
                  { onError: refused, onSuccess: () => message.success(t(texts.approved)) },
                )
              }
            >
              {t(texts.approve)}
            </Button>
          ) : null}
          <Button size="small" loading={revoke.isPending} aria-label={t(texts.revokeOf, { role })} onClick={takeBack}>
            {t(texts.revoke)}
          </Button>
        </span>
      ) : null}
    </li>
  )
}

function GiveForm({ user }: { user: User }) {
  const { t } = useLanguage()
  const { message } = App.useApp()
  const [form] = Form.useForm<{ role: Role; unitId: string }>()
  const roleName = useRoleName()
  const { failed: refused } = useTold()
  const give = useWrite(giveGrant, stale)
  return (
    <Form
      form={form}
      layout="vertical"
      className="zy-right-form"
      requiredMark={false}
      onFinish={({ role, unitId }) =>
        give.mutate(
          { body: { userId: user.id, role, unitId } },
          {
            onError: refused,
            onSuccess: ({ awaitsApproval }) => {
              form.resetFields()
              message.success(t(awaitsApproval ? texts.givenWaits : texts.given, { role: roleName(role) }))
            },
          },
        )
      }
    >
      <RoleAndUnit />
      <Form.Item label=" ">
        <Button htmlType="submit" loading={give.isPending}>
          {t(texts.give)}
        </Button>
      </Form.Item>
    </Form>
  )
}
