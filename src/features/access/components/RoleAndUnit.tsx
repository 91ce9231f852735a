import { Form, Select, TreeSelect } from 'antd'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import { roleTexts, texts } from '../texts.ts'
import { type Role, useRoleName } from './rights.ts'

/** Which role, and in which unit's subtree: the two fields that every right has. */
export function RoleAndUnit({ without = [] }: { without?: readonly Role[] }) {
  const { t, language } = useLanguage()
  const { places } = useReader()
  const roleName = useRoleName()
  const needed = [{ required: true, message: t(texts.needed) }]
  const roles = (Object.keys(roleTexts) as Role[]).filter((role) => !without.includes(role))
  return (
    <>
      <Form.Item name="role" label={t(texts.role)} rules={needed}>
        <Select
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          style={{ minWidth: 190 }}
          options={roles.map((role) => ({ value: role, label: `${roleName(role)} (${role})` }))}
        />
      </Form.Item>
      <Form.Item name="unitId" label={t(texts.unit)} rules={needed}>
        <TreeSelect
          treeDataSimpleMode
          style={{ minWidth: 220 }}
          popupMatchSelectWidth={300}
          showSearch={{ treeNodeFilterProp: 'title' }}
          treeDefaultExpandedKeys={places.slice(0, 1).map(({ id }) => id)}
          treeData={places.map((place) => ({
            id: place.id,
            pId: place.parentId ?? 0,
            value: place.id,
            title: nameIn(place, language),
          }))}
        />
      </Form.Item>
    </>
  )
}
