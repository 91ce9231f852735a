import type { CaseStart, Scene } from '../facts/visits.ts'
import { stream } from '../random.ts'
import type { BusinessClock } from './businessClock.ts'
import { type ActivityNames, caseLog } from './caseLog.ts'

/** Account opening: at the counter with its checks, or in the app where machines do most and people look at doubts. */
export function openingCases(
  scene: Scene,
  names: ActivityNames,
  clock: BusinessClock,
  starts: readonly CaseStart[],
): void {
  const { world } = scene
  const reviewers = world.staffBy('审批岗')
  starts.forEach((start, caseNo) => {
    const random = stream(world.seed, 'opening', start.interaction)
    const online = world.touchpoints[start.touchpoint]?.channel === 'app'
    const head = { process: 'account_opening', caseNo, customer: start.customer, unit: start.unit, amount: -1 } as const
    const log = caseLog(scene, names, clock, head, start.at, random)
    const branch = world.branches.find((one) => one.index === start.unit)
    const tellers = branch?.tellers ?? []
    const [doubt, missing, refused, app, card, call] = Array.from({ length: 6 }, random) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const machine = { waitHours: 0.01, crew: [], anyTime: true }

    if (online) {
      if (!log.step({ ...machine, activity: '线上提交申请', minutes: 4, waitHours: 0 })) return
      if (!log.step({ ...machine, activity: '人脸识别与联网核查', minutes: 1 })) return
      if (missing < 0.1 && !log.step({ ...machine, activity: '人脸识别与联网核查', minutes: 1.5, waitHours: 0.1 }))
        return
      if (doubt < 0.22 && !log.step({ activity: '人工复核', waitHours: 5, minutes: 9, crew: reviewers })) return
      if (refused < 0.06) {
        log.step({ ...machine, activity: '拒绝开户', minutes: 1 })
        return
      }
      if (!log.step({ ...machine, activity: '账户开立', minutes: 1 })) return
      log.step({ ...machine, activity: '短信通知', minutes: 0.5 })
      return
    }
    if (!log.step({ activity: '受理申请', waitHours: 0, minutes: 6, crew: tellers })) return
    if (!log.step({ activity: '身份核验', waitHours: 0.02, minutes: 4, crew: tellers })) return
    if (missing < 0.13) {
      if (!log.step({ activity: '补充资料', waitHours: 9, minutes: 10, crew: tellers })) return
      if (!log.step({ activity: '身份核验', waitHours: 0.2, minutes: 4, crew: tellers })) return
    }
    if (doubt < 0.3 && !log.step({ activity: '尽职调查', waitHours: 4, minutes: 25, crew: reviewers })) return
    if (refused < 0.03) {
      log.step({ activity: '拒绝开户', waitHours: 0.1, minutes: 4, crew: tellers })
      return
    }
    if (!log.step({ activity: '账户开立', waitHours: 0.05, minutes: 7, crew: tellers })) return
    // Two orders of the same work, as people do it.
    const rest = [
      ...(app < 0.7 ? [{ activity: '开通手机银行', waitHours: 0.03, minutes: 6, crew: tellers }] : []),
      ...(card < 0.9 ? [{ activity: '领取借记卡', waitHours: 0.03, minutes: 3, crew: tellers }] : []),
    ]
    if (card < 0.3) rest.reverse()
    for (const step of rest) if (!log.step(step)) return
    if (call < 0.55) log.step({ activity: '开户回访', waitHours: 26, minutes: 4, crew: branch?.advisers ?? [] })
  })
}
