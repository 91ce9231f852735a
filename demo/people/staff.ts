import type { DemoUnit } from '../bank/units.ts'
import { stream } from '../random.ts'
import { surrogate } from './identity.ts'
import { personName } from './names.ts'

export interface DemoStaff {
  key: number
  name: string
  unit: string
  position: string
  number: string
}

/** How many of each position work in a unit; tellers follow the windows of the branch. */
function posts(unit: DemoUnit, windows: number): [position: string, unit: string, count: number][] {
  if (unit.level === 'branch' && unit.kind === 'branch')
    return [
      ['网点负责人', unit.id, 1],
      ['大堂经理', unit.id, windows > 2 ? 2 : 1],
      ['柜员', `${unit.id}-counter`, windows + 2],
      ['客户经理', `${unit.id}-advice`, 2],
      ['理财经理', `${unit.id}-advice`, 1],
    ]
  if (unit.id === 'cc-day' || unit.id === 'cc-late')
    return [
      ['客服坐席', unit.id, 12],
      ['客服主管', unit.id, 1],
    ]
  if (unit.id === 'ops-loan')
    return [
      ['审批岗', unit.id, 8],
      ['放款岗', unit.id, 3],
    ]
  if (unit.id === 'ops-complaint')
    return [
      ['投诉专员', unit.id, 8],
      ['消保专员', unit.id, 2],
    ]
  if (unit.id === 'dg-mobile') return [['渠道经理', unit.id, 3]]
  return []
}

export function demoStaff(seed: number, units: readonly DemoUnit[], windows: (unit: string) => number): DemoStaff[] {
  const staff: DemoStaff[] = []
  for (const unit of units) {
    const random = stream(seed, 'staff', unit.id)
    for (const [position, where, count] of posts(unit, windows(unit.id)))
      for (let i = 0; i < count; i++) {
        const key = surrogate(random)
        const birthYear = 1966 + Math.floor(random() * 36)
        const name = personName(random, random() < 0.42 ? 'man' : 'woman', birthYear)
        staff.push({ key, name, unit: where, position, number: `ZY${String(staff.length + 1).padStart(5, '0')}` })
      }
  }
  return staff
}
