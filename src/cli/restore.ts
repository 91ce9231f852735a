import type { Command } from './command.ts'

export const command: Command = {
  name: 'restore',
  usage: 'BACKUP --home DIR [--key FILE] [--erased FILE]',
  summary: { zh: '从备份重建一个数据目录', en: 'make a home from a backup' },
  options: {
    home: {
      type: 'string',
      argument: 'DIR',
      about: { zh: '新的数据目录，其中不得已有数据', en: 'the new home; nothing of one may be there yet' },
    },
    key: {
      type: 'string',
      argument: 'FILE',
      about: {
        zh: '密钥文件；默认新目录下的 keys/field.key',
        en: 'the key file; keys/field.key in the new home by default',
      },
    },
    erased: {
      type: 'string',
      argument: 'FILE',
      about: {
        zh: '备份之后已删除客户的清单（erased-….json）；默认取备份旁边的一份',
        en: 'the list of customers erased since (erased-….json); the one beside the backup by default',
      },
    },
  },
  notes: {
    zh: 'DATABASE_URL 指向一个空的 PostgreSQL 数据库时，恢复到该库；备份与引擎无关。',
    en: 'With DATABASE_URL naming an empty PostgreSQL database, it is restored there: a backup fits either engine.',
  },
  async run(invocation) {
    const { positionals, values } = invocation
    const [from, ...rest] = positionals
    if (!from || rest.length || typeof values.home !== 'string') {
      return invocation.misuse({
        zh: '用法：zhiyin restore BACKUP --home DIR [--key FILE] [--erased FILE]',
        en: 'usage: zhiyin restore BACKUP --home DIR [--key FILE] [--erased FILE]',
      })
    }
    const { restoreHome } = await import('../server/restore.ts')
    const restored = await restoreHome({
      from,
      folder: values.home,
      keyFile: typeof values.key === 'string' ? values.key : undefined,
      databaseUrl: process.env.DATABASE_URL,
      erased: typeof values.erased === 'string' ? values.erased : undefined,
    })
    if (!restored.ok) return invocation.refuse(restored)
    const { name, madeAt, home, store, warehouse, erasingsQueued } = restored.value
    const rows = [...store.tables, ...warehouse].reduce((sum, table) => sum + table.rows, 0)
    if (invocation.json)
      invocation.print(JSON.stringify({ folder: values.home, name, madeAt, kind: home.kind, rows, erasingsQueued }))
    else
      invocation.say({
        zh: `已恢复 ${madeAt} 的备份（${rows} 行）：${values.home}`,
        en: `restored the backup of ${madeAt} (${rows} rows) into ${values.home}`,
      })
    if (erasingsQueued > 0)
      invocation.say({
        zh: `备份之后执行过 ${erasingsQueued} 份个人信息删除：服务启动后将自动重新执行。`,
        en: `customers were erased since, ${erasingsQueued} request(s): it is done again once the home is served.`,
      })
    return 0
  },
}
