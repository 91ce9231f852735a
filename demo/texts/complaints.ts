import type { DemoTouchpoint, Place } from '../bank/touchpoints.ts'
import { pick, type Random } from '../random.ts'

/** Reasons as the complaint officer records them. */
export const complaintReasons = [
  '等候时间长',
  '服务态度',
  '业务办理差错',
  '系统故障',
  '收费争议',
  '信息披露不清',
  '流程繁琐',
  '营销扰民',
  '处理时效',
] as const

const weights: Record<Place, readonly number[]> = {
  counter: [30, 18, 12, 6, 8, 8, 18, 0, 4],
  advice: [6, 18, 6, 0, 10, 32, 14, 8, 6],
  machine: [6, 0, 14, 60, 8, 4, 4, 0, 4],
  mobile: [0, 0, 14, 46, 12, 10, 14, 0, 4],
  web: [0, 0, 12, 40, 6, 14, 22, 0, 6],
  wechat: [0, 0, 0, 6, 6, 30, 2, 56, 0],
  sms: [0, 0, 0, 8, 8, 28, 2, 54, 0],
  ivr: [26, 0, 0, 14, 0, 6, 54, 0, 0],
  agent: [24, 26, 10, 4, 4, 10, 10, 0, 12],
  complaint: [0, 20, 0, 0, 0, 10, 20, 0, 50],
}

export function reasonsOf(place: Place, failed: boolean): { code: number; weight: number }[] {
  // A failed attempt is rarely blamed on manners.
  return weights[place].map((weight, code) => ({
    code,
    weight: failed && (code === 2 || code === 3 || code === 6) ? weight * 3 : weight,
  }))
}

const openings: readonly string[] = [
  '您好，我反映一个问题：',
  '我是贵行多年的老客户，',
  '本来不想投诉，实在忍不住了：',
  '上周的事，',
  '前两天的经历让人很不愉快：',
  '请帮忙核实：',
  '',
]

/** Where it happened decides what a customer can tell of it. */
type Setting = 'branch' | 'digital' | 'phone'
const settingOf = (place: Place): Setting =>
  place === 'counter' || place === 'advice' || place === 'machine'
    ? 'branch'
    : place === 'ivr' || place === 'agent' || place === 'complaint'
      ? 'phone'
      : 'digital'

type Stories = Partial<Record<Setting, readonly string[]>>

const stories: readonly Stories[] = [
  {
    branch: [
      '去网点办{journey}，等了一个多小时才叫到号，窗口只开了一个，后面还有十几个人',
      '取号后等了四十多分钟，中间有两个窗口一直显示暂停服务',
      '专门请了半天假来办{journey}，结果一上午都耗在排队上',
      '家里老人腿脚不好，排队快一个小时也没有人过来问一句',
    ],
    phone: [
      '打客服电话一直提示坐席忙，听了十几分钟音乐也没有人接',
      '连着打了三次，每次都在等待中断线，只好又跑一趟网点',
    ],
  },
  {
    branch: [
      '办{journey}时多问了两句，工作人员就很不耐烦，语气很冲',
      '经办人员一边办业务一边看手机，问什么都说“按规定办”',
      '工作人员当着其他客户的面大声报我的余额，让人很难堪',
    ],
    phone: [
      '咨询{journey}的事情，对方话没听完就打断我，让我自己上网查',
      '客服照着稿子念，问题没听懂就说“还有别的问题吗”，随后挂断',
    ],
  },
  {
    branch: [
      '柜台把我的手机号登记错了，一直收不到验证码，又跑了一趟',
      '明明填的是活期，回家一看给我办成了三个月定期',
      '办{journey}时漏盖了章，单位不认，我只好请假再来一次',
      '资料交上去以后说找不到了，要我重新准备一套',
    ],
    digital: [
      '网上填的收款人没问题，回单上却少了一个字，被对方银行退回来',
      '申请进度显示“已完成”，到网点一查根本没有记录',
    ],
    phone: ['客服帮我登记的事项记错了卡号，差点挂失了另一张卡'],
  },
  {
    branch: [
      '自助机吞了卡，屏幕上没有任何提示，打电话说要等两个工作日',
      '办到一半系统死机，让我第二天再来，白等了一个小时',
    ],
    digital: [
      '{touchpoint}时一直提示“系统繁忙”，钱扣了对方却没有到账',
      '页面点了确认就卡住，退出来再进又要重新填，连续三次都是这样',
      '升级以后经常闪退，急着用钱的时候偏偏登不上去',
    ],
    phone: ['语音菜单按到一半就断线，试了几次都一样'],
  },
  {
    branch: ['账户上扣了一笔费用，办{journey}的时候没有人说过要收费', '宣传说免手续费，实际还是扣了'],
    digital: ['宣传说免手续费，实际还是扣了，要求说明收费依据', '分期的手续费算下来比当时说的高不少，觉得被误导了'],
    phone: ['客服电话里答应减免的年费，下个月还是扣了'],
  },
  {
    branch: [
      '介绍{journey}的时候只说好处，风险和限制一句没提',
      '合同条款密密麻麻，问了也说不清楚，回家才发现提前支取要扣费',
      '前后两个人说的要求不一样，到底以谁为准',
    ],
    digital: ['通知里只说“请及时办理”，要带什么材料、到哪里办都没写', '页面上的收益写得很大，风险提示要点三层才看得到'],
    phone: ['前后两个客服说的要求不一样，到底以谁为准'],
  },
  {
    branch: ['办{journey}要填五六张表，同样的信息写了三遍', '第一次说缺收入证明，补来了又说流水不够，来回跑了三趟'],
    digital: ['手机上能看到的信息还要我打印出来交纸质的，实在想不通', '改个手机号要人脸识别四五次，老人根本操作不了'],
    phone: ['按键一层套一层，绕了五分钟也找不到人工', '每转一次都要重新报身份证号，一个问题说了四遍'],
  },
  {
    digital: ['最近一个月收到十几条推广短信，回复退订也没有用', '每天给我推信用卡活动，我明确说过不需要'],
    branch: ['留了电话咨询{journey}，之后天天接到营销电话'],
    phone: ['中午休息时间接到营销电话，怀疑个人信息被泄露'],
  },
  {
    branch: ['上次在网点反映的问题过了十天还没有人联系我', '说好三个工作日出结果，{journey}拖了半个月没有答复'],
    digital: ['网上提交的申请半个月了还是“处理中”，问客服也说不清'],
    phone: ['答应三个工作日回复，现在一周了，每次打电话都说在处理', '换了三个人跟我沟通，每次都要从头讲一遍'],
  },
]

const anyWish: readonly string[] = [
  '希望尽快核实并给我一个说法。',
  '请安排负责人回电。',
  '希望改进，不要让大家白跑路。',
  '如果再解决不了，我会向监管部门反映。',
  '不求赔偿，只希望以后能重视。',
  '请尽快答复。',
]
const wishes: Record<number, readonly string[]> = {
  2: ['请尽快更正并说明原因。'],
  3: ['请查清这笔钱到底到哪里去了。', '请告诉我什么时候能恢复正常。'],
  4: ['要求退还多收的费用。', '请给出收费依据。'],
  7: ['请不要再给我发了。'],
}

const journeyNames: Record<string, string> = {
  account_opening: '开户',
  personal_loan: '贷款',
  transfer: '转账',
  wealth: '理财',
  credit_card: '信用卡',
  account_care: '账户变更',
}

/** A complaint as a customer would write it. */
export function complaintText(random: Random, touchpoint: DemoTouchpoint | undefined, reason: number): string {
  const told = stories[reason] ?? {}
  const setting = settingOf(touchpoint?.place ?? 'counter')
  const story = pick(random, told[setting] ?? told.digital ?? told.branch ?? [])
    .replaceAll('{touchpoint}', touchpoint?.name ?? '办理业务')
    .replaceAll('{journey}', journeyNames[touchpoint?.journey ?? ''] ?? '业务')
  return `${pick(random, openings)}${story}。${pick(random, [...anyWish, ...(wishes[reason] ?? [])])}`
}
