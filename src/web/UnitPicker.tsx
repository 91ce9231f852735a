import { TreeSelect } from 'antd'
import { useMemo } from 'react'
import { useAddress } from '#ui/address.ts'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { type Place, useReader } from '#ui/reader.tsx'
import { texts } from './texts.ts'

interface Node {
  value: string
  title: string
  children: Node[]
}

/** The part of the tree that the reader may see, found by name. */
export function UnitPicker() {
  const { t, language } = useLanguage()
  const { places } = useReader()
  const { address, set } = useAddress()
  const tree = useMemo(() => treeOf(places, (place) => nameIn(place, language)), [places, language])
  return (
    <TreeSelect
      className="zy-unit-picker"
      aria-label={t(texts.unit)}
      treeData={tree}
      value={address.unit ?? null}
      placeholder={tree.length === 1 ? tree[0]?.title : t(texts.allUnits)}
      allowClear
      showSearch={{ treeNodeFilterProp: 'title' }}
      treeDefaultExpandedKeys={tree.map((node) => node.value)}
      popupMatchSelectWidth={300}
      onChange={(value: string | null) => set({ unit: value ?? undefined })}
    />
  )
}

function treeOf(places: readonly Place[], name: (place: Place) => string): Node[] {
  const nodes = new Map(
    places.map((place) => [place.id, { value: place.id, title: name(place), children: [] as Node[] }]),
  )
  const roots: Node[] = []
  for (const place of places) {
    const node = nodes.get(place.id) as Node
    const parent = place.parentId ? nodes.get(place.parentId) : undefined
    ;(parent?.children ?? roots).push(node)
  }
  return roots
}
