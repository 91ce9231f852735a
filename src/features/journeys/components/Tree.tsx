import { EditOutlined, PlusOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import type { z } from 'zod'
import { useAddress } from '#ui/address.ts'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { Section } from '#ui/Page.tsx'
import { useReader } from '#ui/reader.tsx'
import type { coverageRow, journey, kinds, touchpoint } from '../contract.ts'
import { texts } from '../texts.ts'
import './model.css'

interface TreeProps {
  journeys: readonly z.infer<typeof journey>[]
  coverage: readonly z.infer<typeof coverageRow>[]
  may: boolean
}

/** Every journey with its stages side by side and their touchpoints below, each saying whether it is measured. */
export function Tree({ journeys, coverage, may }: TreeProps) {
  const { t, language } = useLanguage()
  const state = new Map(coverage.map((row) => [row.touchpointId, row.state]))
  return journeys.map((item) => (
    <Section
      key={item.id}
      title={nameIn(item, language)}
      actions={
        may ? (
          <span>
            <Edit kind="journeys" node={item} />
            <Add kind="stages" parent={item.id} name={t(texts.addStage)} />
          </span>
        ) : null
      }
    >
      <ol className="zy-stages">
        {item.stages.map((stage) => (
          <li key={stage.id}>
            <h3>
              {nameIn(stage, language)} <small>{t(texts[`phase_${stage.phase}`])}</small>
              {may ? <Edit kind="stages" node={stage} /> : null}
            </h3>
            <ul>
              {stage.touchpoints.map((point) => (
                <Point key={point.id} point={point} state={state.get(point.id)} may={may} />
              ))}
            </ul>
            {may ? <Add kind="touchpoints" parent={stage.id} name={t(texts.addTouchpoint)} /> : null}
          </li>
        ))}
      </ol>
    </Section>
  ))
}

interface PointProps {
  point: z.infer<typeof touchpoint>
  state: z.infer<typeof coverageRow>['state'] | undefined
  may: boolean
}

function Point({ point, state, may }: PointProps) {
  const { t, language } = useLanguage()
  const owner = useReader().places.find(({ id }) => id === point.ownerUnitId)
  const gap = state !== undefined && state !== 'measured'
  return (
    <li className="zy-point">
      <span className="zy-point-name">
        {nameIn(point, language)}
        {may ? <Edit kind="touchpoints" node={point} /> : null}
      </span>
      <span className="zy-quiet">
        {t(texts[`channel_${point.channel}`])} · {t(texts[`facet_${point.facet}`])}
        {owner ? ` · ${nameIn(owner, language)}` : null}
        {gap ? (
          <b className={state === 'unmeasured' ? 'zy-gap zy-gap-none' : 'zy-gap'}>
            {' '}
            {state === 'unmeasured' ? '○' : '◔'} {t(texts[state])}
          </b>
        ) : null}
      </span>
      {point.moments.map((moment) => (
        <span key={moment.id} className="zy-moment">
          ★ {nameIn(moment, language)}
          {may ? <Edit kind="moments" node={moment} /> : null}
        </span>
      ))}
      {may ? <Add kind="moments" parent={point.id} name={t(texts.addMoment)} quiet /> : null}
    </li>
  )
}

type Kind = (typeof kinds)[number]

function Edit({ kind, node }: { kind: Kind; node: { id: string; name: string; nameEn: string } }) {
  const { t, language } = useLanguage()
  const { set } = useAddress()
  return (
    <Button
      size="small"
      type="text"
      icon={<EditOutlined />}
      aria-label={t(texts.edit, { name: nameIn(node, language) })}
      onClick={() => set({ edit: `${kind}.${node.id}` })}
    />
  )
}

function Add({ kind, parent, name, quiet = false }: { kind: Kind; parent: string; name: string; quiet?: boolean }) {
  const { set } = useAddress()
  return (
    <Button
      size="small"
      type={quiet ? 'text' : 'dashed'}
      className={quiet ? 'zy-quiet-button' : ''}
      icon={<PlusOutlined />}
      onClick={() => set({ add: kind, parent })}
    >
      {name}
    </Button>
  )
}
