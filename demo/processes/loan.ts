import type { CaseStart, Scene } from '../facts/visits.ts'
import { lognormal, stream } from '../random.ts'
import type { BusinessClock } from './businessClock.ts'
import { type ActivityNames, caseLog } from './caseLog.ts'

/** Personal loans: documents asked for again, approval at the centre, refusals, withdrawals, mortgages for large sums. */
export function loanCases(
  scene: Scene,
  names: ActivityNames,
  clock: BusinessClock,
  starts: readonly CaseStart[],
): void {
  const { world } = scene
  const approvers = world.staffBy('审批岗')
  const payers = world.staffBy('放款岗')
  starts.forEach((start, caseNo) => {
    const random = stream(world.seed, 'loan', start.interaction)
    const amount = Math.round(Math.min(8e6, Math.max(2e4, lognormal(random, 260_000, 0.9))) / 1000) * 1000
    const large = amount > 500_000
    const branch = world.branches.find((one) => one.index === start.unit)
    const advisers = branch?.advisers ?? []
    const log = caseLog(
      scene,
      names,
      clock,
      { process: 'personal_loan', caseNo, customer: start.customer, unit: start.unit, amount },
      start.at,
      random,
    )
    const [missing, verdict, withdraws, again, call] = Array.from({ length: 5 }, random) as [
      number,
      number,
      number,
      number,
      number,
    ]
    if (!log.step({ activity: '提交申请', waitHours: 0, minutes: 18, crew: advisers })) return
    if (!log.step({ activity: '资料初审', waitHours: 3, minutes: 20, crew: advisers })) return
    const rounds = missing < 0.05 ? 3 : missing < 0.14 ? 2 : missing < 0.38 ? 1 : 0
    for (let i = 0; i < rounds; i++) {
      if (!log.step({ activity: '补充资料', waitHours: 14, minutes: 15, crew: advisers })) return
      if (!log.step({ activity: '资料初审', waitHours: 3, minutes: 12, crew: advisers })) return
    }
    if (withdraws < 0.05 + 0.06 * rounds) {
      log.step({ activity: '客户撤回', waitHours: 6, minutes: 4, crew: advisers })
      return
    }
    if (!log.step({ activity: '征信查询', waitHours: 1, minutes: 6, crew: advisers })) return
    if (verdict < 0.1) {
      log.step({ activity: '审批拒绝', waitHours: 2, minutes: 8, crew: approvers })
      return
    }
    if (large && !log.step({ activity: '抵押物评估', waitHours: 16, minutes: 90, crew: advisers })) return
    if (!log.step({ activity: '授信审批', waitHours: large ? 11 : 5, minutes: large ? 45 : 22, crew: approvers }))
      return
    if (again < 0.12) {
      if (!log.step({ activity: '退回复议', waitHours: 3, minutes: 10, crew: approvers })) return
      if (!log.step({ activity: '授信审批', waitHours: 7, minutes: 25, crew: approvers })) return
    }
    if (verdict < 0.22) {
      log.step({ activity: '审批拒绝', waitHours: 1, minutes: 6, crew: approvers })
      return
    }
    if (!log.step({ activity: '合同面签', waitHours: 9, minutes: 35, crew: advisers })) return
    if (large && !log.step({ activity: '抵押登记', waitHours: 22, minutes: 40, crew: payers })) return
    if (!log.step({ activity: '放款', waitHours: 4, minutes: 12, crew: payers })) return
    if (call < 0.6) log.step({ activity: '贷后回访', waitHours: 60, minutes: 6, crew: advisers })
  })
}
