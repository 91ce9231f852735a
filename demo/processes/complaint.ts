import type { FreeText } from '../facts/freeText.ts'
import { contact, type Grievance, type Scene } from '../facts/visits.ts'
import { exponential, pickIndex, runningTotals, stream } from '../random.ts'
import { complaintCentre } from '../bank/units.ts'
import { unitAt } from '../world.ts'
import { complaintText, reasonsOf } from '../texts/complaints.ts'
import type { BusinessClock } from './businessClock.ts'
import { type ActivityNames, caseLog } from './caseLog.ts'

export const severities = ['一般', '较重', '重大'] as const
export const statuses = ['处理中', '已办结'] as const
export const complaintChannels = ['phone', 'app', 'branch', 'web', 'wechat'] as const
const channelTotals = runningTotals([52, 20, 16, 7, 5])

/** Every grievance becomes a complaint, a case of the complaint process and the contacts of the complaint journey. */
export function complaintCases(
  scene: Scene,
  names: ActivityNames,
  clock: BusinessClock,
  grievances: readonly Grievance[],
  firstCase: number,
): { texts: FreeText[]; cases: number } {
  const { world, out } = scene
  const officers = world.staffBy('投诉专员')
  const guardians = world.staffBy('消保专员')
  const agents = world.staffBy('客服坐席')
  const office = unitAt(world, complaintCentre)
  const [entry, handle, review] = world.places.complaint.touchpoints as [number, number, number]
  const intent = 5
  const texts: FreeText[] = []
  let caseNo = firstCase
  for (const grievance of grievances) {
    const random = stream(world.seed, 'complaint', grievance.interaction, grievance.planted ? 1 : 0)
    const filed = grievance.at + 600 + exponential(random, 9 * 3600)
    const day = clock.dayOf(filed)
    if (day >= world.days.length || day < 0) continue
    const touchpoint = world.touchpoints[grievance.touchpoint]
    const reasons = reasonsOf(touchpoint?.place ?? 'counter', grievance.failed)
    const reason = reasons[pickIndex(random, runningTotals(reasons.map((one) => one.weight)))]?.code ?? 0
    const channel = pickIndex(random, channelTotals)
    const heavy = random()
    const row = out.complaints.add()
    const head = {
      process: 'complaint_handling',
      caseNo,
      customer: grievance.customer,
      unit: grievance.unit,
      amount: -1,
    } as const
    const log = caseLog(scene, names, clock, head, filed, random)
    const talk = (touchpoint: number, at: number, staff: number, seconds: number) => {
      const when = clock.dayOf(at)
      if (when < world.days.length)
        contact(
          scene,
          {
            customer: grievance.customer,
            unit: office,
            staff,
            touchpoint,
            day: when,
            start: at,
            seconds,
            waitSeconds: 0,
            intent,
          },
          random,
        )
    }
    if (channel !== 2) talk(entry, filed, agents[Math.floor(random() * agents.length)] ?? -1, 200 + 500 * random())
    const closed = handleCase(log, { random, agents, officers, guardians, heavy }, (staff, at) =>
      talk(handle, at, staff, 300 + 900 * random()),
    )
    if (closed && random() < 0.75 && log.step({ activity: '办结回访', waitHours: 14, minutes: 5, crew: agents }))
      talk(review, log.now() - 200, log.staff(), 120 + 240 * random())

    const { of } = out.complaints
    of.customer[row] = grievance.customer
    of.unit[row] = grievance.unit
    of.touchpoint[row] = world.effects.unmeasured(grievance.touchpoint) ? -1 : grievance.touchpoint
    of.day[row] = day
    of.start[row] = Math.floor(filed)
    of.end[row] = closed ? Math.floor(log.now()) : -1
    of.interaction[row] = grievance.interaction
    of.reason[row] = reason
    of.channel[row] = channel
    of.severity[row] = heavy > 0.98 ? 2 : heavy > 0.86 ? 1 : 0
    of.status[row] = closed ? 1 : 0
    of.case_no[row] = caseNo
    texts.push({ kind: 'complaints', row, text: complaintText(random, touchpoint, reason) })
    caseNo++
  }
  return { texts, cases: caseNo }
}

interface Office {
  random: () => number
  agents: readonly number[]
  officers: readonly number[]
  guardians: readonly number[]
  heavy: number
}

/** The way of one complaint; true when it was closed within the history. */
function handleCase(
  log: ReturnType<typeof caseLog>,
  { random, agents, officers, guardians, heavy }: Office,
  talk: (staff: number, at: number) => void,
): boolean {
  const [simple, joint, raised, unhappy] = Array.from({ length: 4 }, random) as [number, number, number, number]
  if (!log.step({ activity: '受理登记', waitHours: 0, minutes: 8, crew: agents })) return false
  if (simple < 0.2 && heavy < 0.86) {
    if (!log.step({ activity: '当场化解', waitHours: 0.1, minutes: 12, crew: agents })) return false
    return log.step({ activity: '答复办结', waitHours: 0.5, minutes: 4, crew: agents })
  }
  if (!log.step({ activity: '分派处理', waitHours: 3, minutes: 5, crew: officers })) return false
  if (!log.step({ activity: '调查核实', waitHours: 8, minutes: 60, crew: officers })) return false
  if (joint < 0.25 && !log.step({ activity: '协同核查', waitHours: 14, minutes: 45, crew: officers })) return false
  if (heavy > 0.98 || raised < 0.06)
    if (!log.step({ activity: '升级督办', waitHours: 5, minutes: 30, crew: guardians })) return false
  for (let round = 0; round < (unhappy < 0.1 ? 2 : 1); round++) {
    if (round > 0 && !log.step({ activity: '重新处理', waitHours: 9, minutes: 50, crew: officers })) return false
    if (!log.step({ activity: '联系客户', waitHours: 5, minutes: 14, crew: officers })) return false
    talk(log.staff(), log.now() - 600)
    if (!log.step({ activity: '方案审批', waitHours: 6, minutes: 10, crew: guardians })) return false
    if (!log.step({ activity: '答复办结', waitHours: 3, minutes: 12, crew: officers })) return false
  }
  return true
}
