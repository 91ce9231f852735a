import { App, Button, Form, Input, InputNumber } from 'antd'
import { Answer } from '#ui/Answer.tsx'
import { useAddress } from '#ui/address.ts'
import { faultOf, useRead, useWrite } from '#ui/api.tsx'
import { type Column, DataTable } from '#ui/DataTable.tsx'
import { DetailDrawer } from '#ui/DetailDrawer.tsx'
import { useGrace } from '#ui/grace.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import { Secret } from '#ui/Secret.tsx'
import { Empty, Loading, Problem } from '#ui/states.tsx'
import { useTold } from '#ui/told.tsx'
import { approveToken, createToken, listTokens, revokeToken } from '../contract.ts'
import { texts } from '../texts.ts'
import { RoleAndUnit } from './RoleAndUnit.tsx'
import { type Role, type Token, tokenState, useRoleName, useUnitName } from './rights.ts'
import './access.css'

const stale = ['access.listTokens']
const month = 30 * 86_400_000

/** Tokens with which programs call: each has a role, a unit and an end. */
export function Tokens() {
  const { t, format } = useLanguage()
  const { permissions } = useReader()
  const { address, set } = useAddress()
  const may = permissions.has('access.write')
  const query = useRead(listTokens, {})
  const now = Date.now()
  const add = may ? (
    <Button type="primary" onClick={() => set({ add: 'token' })}>
      {t(texts.newToken)}
    </Button>
  ) : null
  return (
    <>
      <Answer query={query} skeleton={<Loading rows={5} />}>
        {({ tokens }) => {
          const live = tokens.filter((token) => tokenState(token, now) === 'active')
          const soon = live.filter((token) => Date.parse(token.expiresAt) - now < month).length
          return tokens.length === 0 ? (
            <Empty title={t(texts.noTokens)} action={add}>
              {t(texts.noTokensWhy)}
            </Empty>
          ) : (
            <Section
              title={t(texts.tokens)}
              note={t(texts.tokenSentence, { count: format.number(live.length), soon: format.number(soon) })}
              actions={add}
            >
              <TokenTable tokens={tokens} may={may} now={now} />
            </Section>
          )
        }}
      </Answer>
      <DetailDrawer
        open={may && address.add === 'token'}
        onClose={() => set({ add: undefined })}
        title={t(texts.newToken)}
        width={480}
      >
        {may && address.add === 'token' ? <Create /> : null}
      </DetailDrawer>
    </>
  )
}

function TokenTable({ tokens, may, now }: { tokens: readonly Token[]; may: boolean; now: number }) {
  const { t, format } = useLanguage()
  const { message } = App.useApp()
  const { timeZone, id } = useReader()
  const roleName = useRoleName()
  const unitName = useUnitName()
  const { failed: refused } = useTold()
  const grace = useGrace()
  const approve = useWrite(approveToken, stale)
  const revoke = useWrite(revokeToken, stale)
  const takeAway = (token: Token) =>
    grace({
      key: `token-${token.id}`,
      words: t(texts.revokingToken, { name: token.name }),
      run: () =>
        void revoke
          .mutateAsync({ params: { id: token.id } })
          .then(() => message.success(t(texts.revokedToken, { name: token.name })))
          .catch(refused),
    })
  const columns: Column<Token>[] = [
    { id: 'name', title: t(texts.tokenName), value: (row) => row.name },
    { id: 'role', title: t(texts.role), value: (row) => roleName(row.role) },
    { id: 'unit', title: t(texts.unit), value: unitName },
    {
      id: 'state',
      title: t(texts.state),
      value: (row) => t(texts[`token_${tokenState(row, now)}`]),
      render: (row) => (
        <span className={`zy-nowrap zy-state-${tokenState(row, now)}`}>
          {t(texts[`token_${tokenState(row, now)}`])}
        </span>
      ),
    },
    {
      id: 'expires',
      title: t(texts.expires),
      value: (row) => row.expiresAt,
      render: (row) => format.instant(row.expiresAt, timeZone),
    },
    {
      id: 'created',
      title: t(texts.created),
      value: (row) => row.createdAt,
      render: (row) => format.instant(row.createdAt, timeZone),
      optional: true,
    },
    ...(may
      ? [
          {
            id: 'do',
            title: ' ',
            value: () => '',
            render: (row: Token) => {
              const state = tokenState(row, now)
              if (state === 'revoked' || state === 'expired') return null
              return (
                <span className="zy-rights-buttons">
                  {state === 'pending' && row.createdBy !== id ? (
                    <Button
                      size="small"
                      type="primary"
                      onClick={() =>
                        approve.mutate(
                          { params: { id: row.id } },
                          { onError: refused, onSuccess: () => message.success(t(texts.approved)) },
                        )
                      }
                    >
                      {t(texts.approve)}
                    </Button>
                  ) : null}
                  <Button size="small" onClick={() => takeAway(row)}>
                    {t(texts.revokeToken)}
                  </Button>
                </span>
              )
            },
          },
        ]
      : []),
  ]
  return <DataTable caption={t(texts.tokens)} rows={tokens} columns={columns} rowKey={(row) => row.id} />
}

interface Fields {
  name: string
  role: Exclude<Role, 'ADM'>
  unitId: string
  days: number
}

function Create() {
  const { t, language, format } = useLanguage()
  const { timeZone } = useReader()
  const create = useWrite(createToken, stale)
  if (create.data)
    return (
      <>
        <Secret
          name={t(texts.tokenOf, { name: create.variables?.body.name ?? '' })}
          value={create.data.token}
          note={t(texts.tokenNote, { until: format.instant(create.data.expiresAt, timeZone) })}
        />
        {create.data.awaitsApproval ? <p className="zy-right-pending">◔ {t(texts.tokenWaits)}</p> : null}
      </>
    )
  return (
    <Form<Fields>
      layout="vertical"
      requiredMark={false}
      initialValues={{ days: 90 }}
      onFinish={(body) => create.mutate({ body })}
    >
      {create.isError ? <Problem kind="write" fault={faultOf(create.error, language)} /> : null}
      <Form.Item
        name="name"
        label={t(texts.tokenName)}
        rules={[{ required: true, whitespace: true, max: 80, message: t(texts.needed) }]}
      >
        <Input autoFocus placeholder={t(texts.tokenNameHint)} />
      </Form.Item>
      <RoleAndUnit without={['ADM']} />
      <Form.Item name="days" label={t(texts.days)} rules={[{ required: true, message: t(texts.needed) }]}>
        <InputNumber min={1} max={366} precision={0} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t(texts.create)}
      </Button>
    </Form>
  )
}
