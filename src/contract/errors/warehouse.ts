import type { CataloguedError } from './catalogued.ts'

/** What a warehouse on a cluster refuses or cannot do. Nothing is lost by any of these: the question may be asked again. */
export const warehouseErrors = {
  warehouse_away: {
    status: 503,
    title: { zh: '分析引擎暂时无法访问', en: 'The warehouse cannot be reached at present' },
    remedy: {
      zh: '请稍后重试。受理、待办等日常操作不受影响。',
      en: 'Try again shortly. Everyday work that needs no analysis goes on.',
    },
  },
  question_lost: {
    status: 503,
    title: { zh: '计算节点中断，本次查询没有完成', en: 'A node went away before the question was answered' },
    remedy: { zh: '请重新查询。', en: 'Ask again.' },
  },
  question_too_long: {
    status: 504,
    title: { zh: '查询超过时限，已取消', en: 'The question took longer than it may and was cancelled' },
    remedy: { zh: '请缩短时间范围或缩小机构范围。', en: 'Ask for a shorter period or fewer units.' },
  },
  question_too_large: {
    status: 503,
    title: { zh: '查询所需资源超过上限', en: 'The question needs more than one reader is given' },
    remedy: {
      zh: '请缩小范围，或等其他查询结束后重试。',
      en: 'Ask for less, or again when others have been answered.',
    },
  },
  warehouse_full: {
    status: 507,
    title: { zh: '存储空间不足', en: 'The storage has no room' },
    remedy: { zh: '请管理员清理或扩充存储后重试。', en: 'Have the operator make room, then try again.' },
  },
  warehouse_denied: {
    status: 503,
    title: { zh: '分析引擎拒绝访问', en: 'The warehouse refuses this program' },
    remedy: {
      zh: '请检查 WAREHOUSE_URL 中的用户及其权限；可运行 zhiyin doctor。',
      en: 'Check the user in WAREHOUSE_URL and what he may do; zhiyin doctor tells.',
    },
  },
  warehouse_changed_elsewhere: {
    status: 409,
    title: {
      zh: '数据表被其他程序改动，本次写入已撤回',
      en: 'Another program wrote to our tables; this write was taken back',
    },
    remedy: {
      zh: '已发布的数据不受影响。请运行 zhiyin doctor 查明并恢复。',
      en: 'What is published stands as it was. zhiyin doctor tells who it was and how to restore the tables.',
    },
  },
  warehouse_newer: {
    status: 500,
    title: { zh: '数据仓库由更新版本创建', en: 'The warehouse was made by a newer version' },
    remedy: { zh: '请升级程序后再启动。', en: 'Upgrade the program, then start it.' },
  },
  warehouse_of_another_home: {
    status: 500,
    title: { zh: '数据仓库属于另一个环境', en: 'The warehouse belongs to another home' },
    remedy: {
      zh: '请检查 WAREHOUSE_URL 与 DATABASE_URL 是否成对；新环境需要一个空的 schema。',
      en: 'Check that WAREHOUSE_URL and DATABASE_URL belong together; a new home needs an empty schema.',
    },
  },
  warehouse_address_wrong: {
    status: 500,
    title: { zh: '数据仓库地址配置不正确', en: 'The address of the warehouse is not right' },
    remedy: {
      zh: 'WAREHOUSE_URL 形如 trino://user@host:port/catalog/schema?tls=true，并需同时设置 DATABASE_URL 与 WAREHOUSE_FILES。',
      en: 'WAREHOUSE_URL reads trino://user@host:port/catalog/schema?tls=true, with DATABASE_URL and WAREHOUSE_FILES beside it.',
    },
  },
} satisfies Record<string, CataloguedError>
