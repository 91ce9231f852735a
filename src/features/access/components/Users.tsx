import { Button } from 'antd'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { texts as kit } from '#ui/texts.ts'
import { texts } from '../texts.ts'
import { type Grant, stateOf, type User, useRoleName, useUnitName } from './rights.ts'
import './access.css'

interface UsersProps {
  users: readonly User[]
  openId: string | undefined
  onOpen(id: string): void
  onMore?: (() => void) | undefined
}

/** Who may sign in, with which roles where. */
export function Users({ users, openId, onOpen, onMore }: UsersProps) {
  const { t, format } = useLanguage()
  const { timeZone } = useReader()
  const roleName = useRoleName()
  const unitName = useUnitName()
  const written = (grant: Grant) => `${roleName(grant.role)} · ${unitName(grant)}`
  const columns: Column<User>[] = [
    { id: 'name', title: t(texts.name), value: (row) => row.name },
    { id: 'login', title: t(texts.login), value: (row) => row.login },
    {
      id: 'roles',
      title: t(texts.roles),
      value: (row) => row.grants.map(written).join('; '),
      render: (row) =>
        row.grants.length === 0 ? (
          <span className="zy-quiet">{t(texts.noRoles)}</span>
        ) : (
          row.grants.map((grant) => (
            <div key={grant.id}>
              {written(grant)}
              {grant.awaitsApproval ? <span className="zy-right-pending"> ◔ {t(texts.pending)}</span> : null}
            </div>
          ))
        ),
    },
    {
      id: 'state',
      title: t(texts.state),
      value: (row) => t(texts[`state_${stateOf(row)}`]),
      render: (row) => (
        <span className={`zy-nowrap zy-state-${stateOf(row)}`}>{t(texts[`state_${stateOf(row)}`])}</span>
      ),
    },
    {
      id: 'last',
      title: t(texts.lastSignIn),
      value: (row) => row.lastSignedInAt,
      render: (row) => (row.lastSignedInAt ? format.instant(row.lastSignedInAt, timeZone) : t(texts.never)),
    },
    {
      id: 'created',
      title: t(texts.created),
      value: (row) => row.createdAt,
      render: (row) => format.instant(row.createdAt, timeZone),
      optional: true,
    },
  ]
  return (
    <Section title={t(texts.users)}>
      <DataTable
        caption={t(texts.users)}
        rows={users}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={(row) => onOpen(row.id)}
        openKey={openId}
        foot={onMore ? <Button onClick={onMore}>{t(kit.more)}</Button> : null}
      />
    </Section>
  )
}
