import type { DemoTouchpoint, Place } from '../bank/touchpoints.ts'
import { pick, type Random } from '../random.ts'

interface Voices {
  good: readonly string[]
  bad: readonly string[]
}

const messages: Voices = {
  good: ['提醒很及时，差点忘了。', '消息简洁明了，点进去就能办。', '内容有用，不啰嗦。'],
  bad: ['消息太多了，打扰人。', '内容看不懂，不知道要我做什么。', '链接点进去是空白页。'],
}

const voices: Record<Place, Voices> = {
  counter: {
    good: [
      '一次就办好了，比想象中快。',
      '大堂引导很到位，没有多跑一步。',
      '柜员动作麻利，还主动提醒我带齐材料。',
      '工作人员耐心，老人家听不清还反复解释。',
      '排队不久，办完还教我用手机银行。',
    ],
    bad: [
      '材料来回补了两次，白跑一趟。',
      '窗口开得太少，等得心焦。',
      '同样的信息填了好几遍，太繁琐。',
      '多问一句就不耐烦，态度要改。',
      '排了半天队，最后说今天办不了。',
    ],
  },
  advice: {
    good: [
      '客户经理很专业，问什么都答得上来。',
      '讲解得很清楚，没有一味推销，很放心。',
      '帮我算得明明白白，心里有数了。',
    ],
    bad: ['感觉就是在推销产品，不是真心帮忙。', '利率和费用没说清楚，让我回去等通知。', '约好了时间还让我等了半小时。'],
  },
  machine: {
    good: ['机器好用，旁边还有人指导。', '晚上也能取，很方便。', '操作界面字大，看得清。'],
    bad: ['机器坏了也没有人管。', '吞卡了，屏幕上没有任何提示。', '两台机器只有一台能存款。'],
  },
  mobile: {
    good: ['操作简单，几步就完成了。', '页面清楚，到账很快。', '比别家银行的好用，字也够大。', '不用再跑网点了。'],
    bad: [
      '老是提示失败，钱到底转出去没有也不知道。',
      '闪退好几次，急用的时候真着急。',
      '找个功能要点好多层，太难用了。',
      '人脸识别总是不通过。',
    ],
  },
  web: {
    good: ['网页打开快，步骤清楚。', '回单随时能下载，对账方便。'],
    bad: ['控件装了好几遍才能用。', '填到一半超时，又要重新来。', '提交以后一直没有进度。'],
  },
  wechat: messages,
  sms: messages,
  ivr: {
    good: ['一打就通，按两下就查到了。', '语音提示清楚。'],
    bad: ['转来转去找不到人工。', '菜单太长，听到一半就忘了前面的。', '老人根本不会按。'],
  },
  agent: {
    good: ['客服很耐心，问题当场就解决了。', '说话清楚有礼貌，还帮我记下了要求。', '一次电话就办好了，不用再跑。'],
    bad: ['一直打不通，等了很久。', '问题没听懂就照着稿子念。', '换了两个人，每次都要从头讲一遍。'],
  },
  complaint: {
    good: ['有专人联系，处理结果能接受。', '态度诚恳，道歉也及时。', '说到做到，按时给了答复。'],
    bad: ['等了一个多星期才有回音。', '只是道歉，问题并没有解决。', '互相推诿，没有人说得清。'],
  },
}

const middling: readonly string[] = [
  '总体还行，时间有点长。',
  '办是办成了，就是步骤多了点。',
  '一般，没有特别的感觉。',
  '还可以，希望再简单一些。',
  '说明文字看着费劲。',
]

/** A short comment left with an answer; its tone follows the score of five. */
export function commentText(random: Random, touchpoint: DemoTouchpoint, score: number): string {
  if (score === 3) return pick(random, middling)
  return pick(random, voices[touchpoint.place][score > 3 ? 'good' : 'bad'])
}
