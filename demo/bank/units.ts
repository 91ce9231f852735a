/** The demo bank's tree: head office > provinces > cities > branches > teams, beside them contact centre, digital and back office. */
export interface DemoUnit {
  id: string
  name: string
  nameEn: string
  level: 'head_office' | 'province' | 'city' | 'branch' | 'team'
  kind: 'administration' | 'branch' | 'contact_centre' | 'digital' | 'back_office'
  parent: string | null
}

const provinces = [
  { id: 'zj', name: '浙江省分行', nameEn: 'Zhejiang Branch Office' },
  { id: 'js', name: '江苏省分行', nameEn: 'Jiangsu Branch Office' },
  { id: 'sc', name: '四川省分行', nameEn: 'Sichuan Branch Office' },
]

// Smaller banks take the first branch of each city, then the second …: the units a plant is likely to name come first.
const cities = [
  {
    id: 'hz',
    province: 'zj',
    name: '杭州',
    nameEn: 'Hangzhou',
    branches: ['xihu 西湖', 'binjiang 滨江', 'gongshu 拱墅', 'xiaoshan 萧山', 'yuhang 余杭'],
  },
  {
    id: 'nj',
    province: 'js',
    name: '南京',
    nameEn: 'Nanjing',
    branches: ['gulou 鼓楼', 'xuanwu 玄武', 'jianye 建邺', 'jiangning 江宁', 'qixia 栖霞'],
  },
  {
    id: 'cd',
    province: 'sc',
    name: '成都',
    nameEn: 'Chengdu',
    branches: ['jinjiang 锦江', 'wuhou 武侯', 'qingyang 青羊', 'chenghua 成华', 'gaoxin 高新'],
  },
  {
    id: 'nb',
    province: 'zj',
    name: '宁波',
    nameEn: 'Ningbo',
    branches: ['haishu 海曙', 'yinzhou 鄞州', 'jiangbei 江北', 'zhenhai 镇海', 'beilun 北仑'],
  },
  {
    id: 'sz',
    province: 'js',
    name: '苏州',
    nameEn: 'Suzhou',
    branches: ['gusu 姑苏', 'wuzhong 吴中', 'xiangcheng 相城', 'huqiu 虎丘', 'wujiang 吴江'],
  },
  {
    id: 'my',
    province: 'sc',
    name: '绵阳',
    nameEn: 'Mianyang',
    branches: ['fucheng 涪城', 'youxian 游仙', 'anzhou 安州', 'jiangyou 江油', 'santai 三台'],
  },
  {
    id: 'wz',
    province: 'zj',
    name: '温州',
    nameEn: 'Wenzhou',
    branches: ['lucheng 鹿城', 'longwan 龙湾', 'ouhai 瓯海', 'ruian 瑞安', 'yueqing 乐清'],
  },
  {
    id: 'wx',
    province: 'js',
    name: '无锡',
    nameEn: 'Wuxi',
    branches: ['liangxi 梁溪', 'binhu 滨湖', 'xinwu 新吴', 'xishan 锡山', 'huishan 惠山'],
  },
]

export const headOffice = 'hq'
export const mobileUnit = 'dg-mobile'
export const webUnit = 'dg-web'
export const messagingUnit = 'dg-message'
export const contactCentre = 'cc'
export const complaintCentre = 'ops-complaint'
export const loanCentre = 'ops-loan'

/** About one branch for 1,250 customers, at least one for each city, at most forty. */
export const branchCount = (customers: number): number => Math.max(8, Math.min(40, Math.round(customers / 1250)))

export function demoUnits(customers: number): DemoUnit[] {
  const unit = (
    id: string,
    name: string,
    nameEn: string,
    level: DemoUnit['level'],
    kind: DemoUnit['kind'],
    parent: string | null,
  ): DemoUnit => ({ id, name, nameEn, level, kind, parent })
  const chosen: { city: (typeof cities)[number]; branch: string }[] = []
  for (let rank = 0; rank < 5; rank++)
    for (const city of cities) chosen.push({ city, branch: city.branches[rank] as string })
  chosen.length = branchCount(customers)
  const usedCities = cities.filter((city) => chosen.some((entry) => entry.city === city))

  const units = [
    unit(headOffice, '知音银行总行', 'Zhiyin Bank Head Office', 'head_office', 'administration', null),
    unit(contactCentre, '客户服务中心', 'Contact Centre', 'branch', 'contact_centre', headOffice),
    unit('cc-day', '客服一组', 'Service Team 1', 'team', 'contact_centre', contactCentre),
    unit('cc-late', '客服二组', 'Service Team 2', 'team', 'contact_centre', contactCentre),
    unit('dg', '数字金融部', 'Digital Banking', 'city', 'digital', headOffice),
    unit(mobileUnit, '手机银行中心', 'Mobile Banking', 'branch', 'digital', 'dg'),
    unit(webUnit, '网上银行中心', 'Internet Banking', 'branch', 'digital', 'dg'),
    unit(messagingUnit, '消息服务中心', 'Messaging', 'branch', 'digital', 'dg'),
    unit('ops', '运营管理部', 'Operations', 'city', 'back_office', headOffice),
    unit(loanCentre, '个贷审批中心', 'Retail Loan Centre', 'branch', 'back_office', 'ops'),
    unit(complaintCentre, '投诉管理中心', 'Complaint Office', 'branch', 'back_office', 'ops'),
  ]
  for (const province of provinces)
    if (usedCities.some((city) => city.province === province.id))
      units.push(unit(province.id, province.name, province.nameEn, 'province', 'administration', headOffice))
  for (const city of usedCities)
    units.push(unit(city.id, `${city.name}分行`, `${city.nameEn} City Office`, 'city', 'administration', city.province))
  for (const { city, branch } of chosen) {
    const [slug = '', name = ''] = branch.split(' ')
    const id = `${city.id}-${slug}`
    const english = `${slug[0]?.toUpperCase()}${slug.slice(1)}`
    units.push(
      unit(id, `${city.name}${name}支行`, `${english} Branch, ${city.nameEn}`, 'branch', 'branch', city.id),
      unit(`${id}-counter`, `${name}支行柜面组`, `${english} Counter Team`, 'team', 'branch', id),
      unit(`${id}-advice`, `${name}支行客户经理组`, `${english} Advisory Team`, 'team', 'branch', id),
    )
  }
  return units
}

/** '/hq/zj/hz/hz-xihu/' for each unit: a subtree is a prefix. */
export function unitPaths(units: readonly DemoUnit[]): Map<string, string> {
  const paths = new Map<string, string>()
  for (const unit of units) paths.set(unit.id, `${unit.parent ? paths.get(unit.parent) : '/'}${unit.id}/`)
  return paths
}
