/** The one table that says which role may do what. Role codes are those of the requirements, section 0. */
export const roles = [
  'EXE',
  'CXM',
  'AN',
  'PM',
  'CH',
  'BM',
  'LM',
  'TEL',
  'RM',
  'CCA',
  'CCS',
  'CMP',
  'CPO',
  'PO',
  'OPS',
  'RO',
  'DPO',
  'AUD',
  'HR',
  'ADM',
] as const
export type Role = (typeof roles)[number]

export const roleNames: Record<Role, { zh: string; en: string }> = {
  EXE: { zh: '高级管理层', en: 'Senior management' },
  CXM: { zh: '客户体验经理', en: 'CX manager' },
  AN: { zh: '分析员', en: 'Analyst' },
  PM: { zh: '产品经理', en: 'Product manager' },
  CH: { zh: '渠道经理', en: 'Channel manager' },
  BM: { zh: '网点负责人', en: 'Branch manager' },
  LM: { zh: '大堂经理', en: 'Lobby manager' },
  TEL: { zh: '柜员', en: 'Teller' },
  RM: { zh: '客户经理', en: 'Relationship manager' },
  CCA: { zh: '客服坐席', en: 'Contact-centre agent' },
  CCS: { zh: '客服主管', en: 'Contact-centre supervisor' },
  CMP: { zh: '投诉专员', en: 'Complaint officer' },
  CPO: { zh: '消保专员', en: 'Consumer-protection officer' },
  PO: { zh: '流程负责人', en: 'Process owner' },
  OPS: { zh: '运营人员', en: 'Operations' },
  RO: { zh: '风险官', en: 'Risk officer' },
  DPO: { zh: '个人信息保护负责人', en: 'Data protection officer' },
  AUD: { zh: '审计人员', en: 'Auditor' },
  HR: { zh: '人力资源', en: 'HR' },
  ADM: { zh: '系统管理员', en: 'Administrator' },
}

const everyone = roles
const analysts: readonly Role[] = ['EXE', 'CXM', 'AN', 'PM', 'CH', 'BM', 'PO', 'CCS', 'CMP', 'CPO', 'RO', 'AUD', 'HR']

/** permission -> the roles that hold it, each within the units of its grant. */
export const policy = {
  'self.read': everyone,
  'experience.read': everyone,
  'processes.read': analysts,
  'questions.ask': analysts,
  // The SQL behind a number says how the warehouse is built: for those who check numbers.
  'questions.sql': ['CXM', 'AN', 'AUD'],
  'findings.read': everyone,
  'findings.decide': ['CXM', 'BM', 'CH', 'PM', 'PO', 'CCS', 'CPO'],
  'actions.read': everyone,
  'actions.write': ['CXM', 'BM', 'CH', 'PM', 'PO', 'CCS', 'CPO'],
  'effects.decide': ['CXM', 'EXE', 'PO'],
  'model.write': ['CXM', 'PO', 'CH'],
  'targets.write': ['CXM'],
  'import.read': ['CXM', 'AN', 'OPS', 'AUD', 'ADM'],
  'import.write': ['CXM', 'AN', 'OPS', 'ADM'],
  'intake.write': ['ADM', 'OPS', 'CH'],
  'units.read': everyone,
  'access.read': ['ADM', 'AUD', 'DPO'],
  'access.write': ['ADM'],
  'audit.read': ['AUD', 'DPO', 'ADM'],
  // Of the whole bank only: facts of one customer lie in many units.
  'privacy.read': ['DPO', 'CPO', 'CMP', 'RO', 'AUD', 'ADM'],
  'privacy.erase': ['DPO', 'CPO', 'CMP', 'RO', 'ADM'],
  'system.operate': ['ADM'],
} as const satisfies Record<string, readonly Role[]>

export type Permission = keyof typeof policy

export const permissionsOf = (held: readonly Role[]): Set<Permission> =>
  new Set(
    (Object.keys(policy) as Permission[]).filter((permission) =>
      policy[permission].some((role) => (held as readonly string[]).includes(role)),
    ),
  )
