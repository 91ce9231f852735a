import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { makeBackup } from '#features/system/contract.ts'
import { type Command, homeOptions } from './command.ts'
import { connect } from './connect.ts'

export const command: Command = {
  name: 'backup',
  usage: '[--to DIR]',
  summary: { zh: '备份两库（同一时点，不含密钥）', en: 'back up both stores as of one moment, without the key' },
  options: {
    ...homeOptions,
    to: {
      type: 'string',
      argument: 'DIR',
      about: { zh: '放在哪个目录下，默认数据目录的 backups', en: 'under which folder; the home’s backups by default' },
    },
  },
  notes: {
    zh: '密钥文件 keys/field.key 不在备份之中，请另行妥善保存：没有它，备份无法恢复。',
    en: 'The key file keys/field.key is not in the backup. Keep a copy apart: without it nothing can be restored.',
  },
  async run(invocation) {
    const connection = await connect(invocation)
    if (!connection.ok) return invocation.refuse(connection)
    try {
      const made = await connection.value.client.call(makeBackup, { body: {} })
      if (!made.ok) return invocation.refuse(made)
      const { bytes } = made.value
      const { to } = invocation.values
      const folder = typeof to === 'string' ? await moveInto(made.value.folder, to) : made.value.folder
      if (invocation.json) invocation.print(JSON.stringify({ ...made.value, folder }, null, 2))
      else {
        invocation.print(folder)
        invocation.say({
          zh: `已备份 ${bytes} 字节。${command.notes?.zh}`,
          en: `backed up, ${bytes} bytes. ${command.notes?.en}`,
        })
      }
      return 0
    } finally {
      await connection.value.close()
    }
  },
}

/** Under its final name only when it is whole, also on another disk. */
async function moveInto(backup: string, folder: string): Promise<string> {
  const target = join(resolve(folder), basename(backup))
  await mkdir(resolve(folder), { recursive: true })
  await cp(backup, `${target}.partial`, { recursive: true, errorOnExist: true, force: false })
  await rename(`${target}.partial`, target)
  await rm(backup, { recursive: true })
  return target
}
