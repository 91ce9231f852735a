import type { DemoTouchpoint } from '../bank/touchpoints.ts'
import { pick, type Random } from '../random.ts'

const praise = {
  people: [
    '讲解得很清楚，没有一味推销，很放心。',
    '客户经理很专业，问什么都答得上来。',
    '工作人员耐心，老人家听不清还反复解释。',
    '态度亲切，主动提醒我带齐材料，省了不少事。',
  ],
  service: [
    '一次就办好了，比想象中快。',
    '大堂引导很到位，没有多跑一步。',
    '柜员动作麻利，流程比以前简化了很多。',
    '排队不久，办完还提醒我开通了短信提醒。',
  ],
  product: [
    '操作简单，几步就完成了。',
    '页面清楚，到账很快。',
    '比别家银行的好用，字也够大。',
    '功能齐全，不用再跑网点了。',
  ],
  channel: ['很方便，随时都能办。', '机器好用，旁边还有人指导。', '一打就通，提示也清楚。'],
  brand: ['提醒很及时，差点忘了。', '消息简洁明了，点进去就能办。', '活动不错，实实在在的优惠。'],
} as const

const middling = [
  '总体还行，等的时间有点长。',
  '办是办成了，就是步骤多了点。',
  '一般，没有特别的感觉。',
  '能用，希望再简单一些。',
  '服务可以，窗口再多开一个就好了。',
  '还可以，说明文字看着费劲。',
]

const blame = {
  people: ['问题没说清楚就让我回去等通知。', '感觉就是在推销产品，不是真心帮忙。', '不太耐烦，多问一句就甩脸色。'],
  service: [
    '材料来回补了两次，白跑一趟。',
    '窗口开得太少，等得心焦。',
    '流程太繁琐，同样的信息填了好几遍。',
    '排了半天队，最后说今天办不了。',
  ],
  product: [
    '老是提示失败，钱到底转出去没有也不知道。',
    '闪退好几次，急用的时候真着急。',
    '找个功能要点好多层，太难用了。',
  ],
  channel: ['机器坏了也没有人管。', '转来转去找不到人工。', '一直打不通，等了很久。'],
  brand: ['短信太多了，打扰人。', '内容看不懂，不知道要我做什么。', '链接点进去是空白页。'],
} as const

/** A short comment left with an answer; its tone follows the score of five. */
export function commentText(random: Random, touchpoint: DemoTouchpoint, score: number): string {
  if (score === 3) return pick(random, middling)
  return pick(random, (score > 3 ? praise : blame)[touchpoint.facet])
}
