import type { Place } from './touchpoints.ts'
import { complaintCentre, contactCentre, type DemoUnit, messagingUnit, mobileUnit, webUnit } from './units.ts'

/** The places whose interactions carry this unit. */
export function placesOf(unit: DemoUnit): readonly Place[] {
  if (unit.level !== 'branch') return []
  if (unit.kind === 'branch') return ['counter', 'advice', 'machine']
  if (unit.id === mobileUnit) return ['mobile']
  if (unit.id === webUnit) return ['web']
  if (unit.id === messagingUnit) return ['wechat', 'sms']
  if (unit.id === contactCentre) return ['ivr', 'agent']
  if (unit.id === complaintCentre) return ['complaint']
  return []
}
