/**
 * The complaint deadlines that the regulation lens measures against. Versioned and effective-dated: a case keeps the
 * pack it began under. Source: CBIRC Order 2020 No. 3, articles on handling times (calendar days).
 */
export interface ComplaintPack {
  id: string
  effectiveFrom: string
  effectiveTo: string | null
  simpleDays: number
  source: { zh: string; en: string }
}

export const complaintPacks: readonly ComplaintPack[] = [
  {
    id: 'cn.complaints.2020-3',
    effectiveFrom: '2020-03-01',
    effectiveTo: null,
    simpleDays: 15,
    source: {
      zh: '《银行业保险业消费投诉处理管理办法》（银保监会令 2020 年第 3 号）：简单投诉 15 日（自然日）',
      en: 'CBIRC Order 2020 No. 3: 15 calendar days for a simple complaint',
    },
  },
]

export const complaintPackOn = (day: string): ComplaintPack | undefined =>
  complaintPacks.find((pack) => pack.effectiveFrom <= day && (pack.effectiveTo === null || day < pack.effectiveTo))
