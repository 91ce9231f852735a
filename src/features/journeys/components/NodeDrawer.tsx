import { App, Button, Form, Input, InputNumber, Select, TreeSelect } from 'antd'
import { useMemo } from 'react'
import type { z } from 'zod'
import { useAddress } from '#ui/address.ts'
import { faultOf, useWrite } from '#ui/api.tsx'
import { DetailDrawer } from '#ui/DetailDrawer.tsx'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { Problem } from '#ui/states.tsx'
import { texts as kit } from '#ui/texts.ts'
import {
  addNode,
  archiveNode,
  changeNode,
  channels,
  facets,
  type journey,
  kinds,
  type nodeFields,
  phases,
  restoreNode,
} from '../contract.ts'
import { texts } from '../texts.ts'

type Kind = (typeof kinds)[number]
type Fields = z.input<typeof nodeFields>
type Node = Fields & { id: string; revision: number }

const stale = ['model', 'coverage', 'overview', 'touchpoint']
const kindOf = (word: string | undefined): Kind | undefined => kinds.find((kind) => kind === word)

/** Every node of the model by `kind.id`. */
function nodesOf(journeys: readonly z.infer<typeof journey>[]): Map<string, Node> {
  const nodes = new Map<string, Node>()
  for (const item of journeys) {
    nodes.set(`journeys.${item.id}`, item)
    for (const stage of item.stages) {
      nodes.set(`stages.${stage.id}`, stage)
      for (const point of stage.touchpoints) {
        nodes.set(`touchpoints.${point.id}`, point)
        for (const moment of point.moments) nodes.set(`moments.${moment.id}`, moment)
      }
    }
  }
  return nodes
}

/** Adds or changes one node of the model, as the address says. */
export function NodeDrawer({ journeys }: { journeys: readonly z.infer<typeof journey>[] }) {
  const { t, language } = useLanguage()
  const { address, set } = useAddress()
  const nodes = useMemo(() => nodesOf(journeys), [journeys])
  const editing = address.edit ? nodes.get(address.edit) : undefined
  const kind = kindOf(address.edit?.split('.')[0] ?? address.add)
  const close = () => set({ edit: undefined, add: undefined, parent: undefined })
  const titles = {
    journeys: texts.addJourney,
    stages: texts.addStage,
    touchpoints: texts.addTouchpoint,
    moments: texts.addMoment,
  }
  const title = editing
    ? t(texts.edit, { name: nameIn({ name: editing.name, nameEn: editing.nameEn }, language) })
    : kind
      ? t(titles[kind])
      : ''
  return (
    <DetailDrawer open={Boolean(kind && (editing || address.add))} onClose={close} title={title} width={480}>
      {kind && (editing || address.add) ? (
        <NodeForm
          key={address.edit ?? `${address.add} ${address.parent}`}
          kind={kind}
          node={editing}
          parent={address.parent}
          onDone={close}
        />
      ) : null}
    </DetailDrawer>
  )
}

interface NodeFormProps {
  kind: Kind
  node: Node | undefined
  parent: string | undefined
  onDone(): void
}

function NodeForm({ kind, node, parent, onDone }: NodeFormProps) {
  const { t, language } = useLanguage()
  const { message } = App.useApp()
  const { places } = useReader()
  const add = useWrite(addNode, stale)
  const change = useWrite(changeNode, stale)
  const archive = useWrite(archiveNode, stale)
  const restore = useWrite(restoreNode, stale)
  const failed = add.error ?? change.error ?? archive.error
  const done = (text: string) => {
    message.success(text)
    onDone()
  }
  const save = (fields: Fields) => {
    const onSuccess = () => done(t(texts.saved))
    if (node)
      change.mutate({ params: { kind, id: node.id }, body: { ...fields, revision: node.revision } }, { onSuccess })
    else add.mutate({ params: { kind }, body: { ...fields, ...(parent ? { parentId: parent } : {}) } }, { onSuccess })
  }
  const takeOut = (id: string) => {
    const params = { kind, id }
    archive.mutate(
      { params },
      {
        onSuccess: () => {
          const key = `archived-${id}`
          message.success({
            key,
            duration: 8,
            content: (
              <>
                {t(texts.archived, { name: node?.name ?? '' })}{' '}
                <Button
                  size="small"
                  type="link"
                  onClick={() => restore.mutate({ params }, { onSuccess: () => message.destroy(key) })}
                >
                  {t(kit.undo)}
                </Button>
              </>
            ),
          })
          onDone()
        },
      },
    )
  }
  const named = [{ required: true, max: 80, whitespace: true }]
  return (
    <Form<Fields> layout="vertical" initialValues={initialOf(kind, node)} onFinish={save}>
      {failed ? <Problem kind="write" fault={faultOf(failed, language)} /> : null}
      <Form.Item name="name" label={t(texts.nameZh)} rules={named}>
        <Input autoFocus />
      </Form.Item>
      <Form.Item name="nameEn" label={t(texts.nameEn)} rules={named}>
        <Input />
      </Form.Item>
      {kind === 'stages' ? (
        <Form.Item name="phase" label={t(texts.phase)} rules={[{ required: true }]}>
          <Select options={phases.map((value) => ({ value, label: t(texts[`phase_${value}`]) }))} />
        </Form.Item>
      ) : null}
      {kind === 'touchpoints' ? (
        <>
          <Form.Item name="facet" label={t(texts.facet)} rules={[{ required: true }]}>
            <Select options={facets.map((value) => ({ value, label: t(texts[`facet_${value}`]) }))} />
          </Form.Item>
          <Form.Item name="channel" label={t(texts.channel)} rules={[{ required: true }]}>
            <Select options={channels.map((value) => ({ value, label: t(texts[`channel_${value}`]) }))} />
          </Form.Item>
          <Form.Item name="ownerUnitId" label={t(texts.owner)} normalize={(value) => value ?? null}>
            <TreeSelect
              allowClear
              treeDataSimpleMode
              placeholder={t(texts.noOwner)}
              showSearch={{ treeNodeFilterProp: 'title' }}
              treeData={places.map((place) => ({
                id: place.id,
                pId: place.parentId ?? 0,
                value: place.id,
                title: nameIn(place, language),
              }))}
            />
          </Form.Item>
        </>
      ) : null}
      {kind === 'moments' ? (
        <Form.Item name="why" label={t(texts.why)}>
          <Input.TextArea rows={3} maxLength={500} />
        </Form.Item>
      ) : null}
      {node ? (
        <Form.Item name="position" label={t(texts.position)}>
          <InputNumber min={0} max={10_000} />
        </Form.Item>
      ) : null}
      <div style={{ display: 'flex', gap: 8 }}>
        <Button type="primary" htmlType="submit" loading={add.isPending || change.isPending}>
          {t(kit.save)}
        </Button>
        <Button onClick={onDone}>{t(kit.cancel)}</Button>
        {node ? (
          <Button
            type="text"
            style={{ marginInlineStart: 'auto' }}
            loading={archive.isPending}
            onClick={() => takeOut(node.id)}
          >
            {t(texts.archive)}
          </Button>
        ) : null}
      </div>
    </Form>
  )
}

/** Only the fields that this kind has: the contract refuses others. */
function initialOf(kind: Kind, node: Node | undefined): Partial<Fields> {
  if (!node) return {}
  const { name, nameEn, position } = node
  const common = { name, nameEn, ...(position === undefined ? {} : { position }) }
  if (kind === 'stages') return { ...common, ...(node.phase ? { phase: node.phase } : {}) }
  if (kind === 'moments') return { ...common, why: node.why ?? '' }
  if (kind !== 'touchpoints') return common
  const { facet, channel, ownerUnitId } = node
  return { ...common, ...(facet ? { facet } : {}), ...(channel ? { channel } : {}), ownerUnitId: ownerUnitId ?? null }
}
