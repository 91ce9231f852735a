import { pickIndex, type Random, runningTotals } from '../random.ts'

// Shares of the commonest surnames in thousandths of the population (census publications, rounded); the tail is shared out.
const surnames: readonly [string, number][] = [
  ...'王72 李72 张68 刘54 陈45 杨31 黄25 赵23 吴22 周21 徐17 孙15 马13 朱13 胡13 郭12 何12 林12 高11 罗10 郑9 梁9 谢8 宋8 唐8 许7 邓7 韩7 冯7 曹7 彭7 曾6 肖6 田6 董6 潘6 袁6 蔡6 蒋6 余6 于5 杜5 叶5 程5 魏5 苏5 吕5 丁5 任5 卢4 姚4 沈4 钟4 姜4 崔4 谭4 陆4 范4 汪4 廖4 石4 金4 韦3 贾3 夏3 付3 方3 邹3 熊3 白3 孟3 秦3 邱3 侯3 江3 尹3 薛3 闫3 段3 雷3 龙2 黎2 史2 陶2 贺2 毛2 郝2 顾2 龚2 邵2 万2 覃2 武2 钱2 戴2 严2 莫2 孔2 向2 常2 汤2 欧阳1 上官1 诸葛1 司马1'
    .split(' ')
    .map((entry): [string, number] => {
      const match = /^(\D+)(\d+)$/.exec(entry)
      return [match?.[1] ?? entry, Number(match?.[2] ?? 1)]
    }),
]
const surnameTotals = runningTotals(surnames.map(([, weight]) => weight))

const chars = (text: string): readonly string[] => [...text]
// Given names changed with the times: one table for those born before 1970, one before 1990, one since.
const given = {
  men: [
    {
      single: chars('军伟强勇刚明平华斌峰杰涛建国民'),
      first: chars('建国志文德永家正玉光荣明振福长'),
      second: chars('国军华平明强林生民成才贵祥海东'),
    },
    {
      single: chars('伟磊强军洋勇涛杰超明刚鹏飞辉波斌峰'),
      first: chars('志建晓俊海文立永国世振新少庆小'),
      second: chars('强伟明华军辉鹏峰斌勇飞龙杰涛波东'),
    },
    {
      single: chars('浩宇轩杰鑫睿昊晨阳凯博航旭'),
      first: chars('子浩宇俊嘉思文天一泽明梓奕家睿'),
      second: chars('轩宇涵豪杰然博阳晨睿昊辰铭航凯'),
    },
  ],
  women: [
    {
      single: chars('英兰芳梅玲珍秀丽红霞桂琴凤'),
      first: chars('秀桂玉淑凤春美素月惠兰翠菊'),
      second: chars('英兰珍芳梅华荣琴香莲云芝凤'),
    },
    {
      single: chars('静丽敏燕娟艳霞娜芳玲婷红雪'),
      first: chars('晓海丽春小雪红艳玉秀文美亚慧'),
      second: chars('燕玲霞芳红梅丽娟敏华萍静婷娜'),
    },
    {
      single: chars('婷悦怡欣雪颖琪蕾瑶晴'),
      first: chars('雨思欣梦诗子佳可嘉语一梓若心'),
      second: chars('涵怡萱琪彤妍桐瑶婷颖欣宁悦雯'),
    },
  ],
} as const

export type Gender = 'man' | 'woman'

/** A name as it might stand in a passbook; nobody in particular. Always four draws. */
export function personName(random: Random, gender: Gender, birthYear: number): string {
  const surname = surnames[pickIndex(random, surnameTotals)]?.[0] ?? '王'
  const times = birthYear < 1970 ? 0 : birthYear < 1990 ? 1 : 2
  const table = given[gender === 'man' ? 'men' : 'women'][times]
  const from = (list: readonly string[], at: number) => list[Math.floor(at * list.length)] ?? ''
  const long = random() < (times === 2 ? 0.86 : 0.78)
  const a = random()
  const b = random()
  return surname + (long ? from(table.first, a) + from(table.second, b) : from(table.single, a))
}
