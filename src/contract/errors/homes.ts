import type { CataloguedError } from './catalogued.ts'

/** Homes, their stores and backups, and the command line that opens them. */
export const homesErrors = {
  command_not_understood: {
    status: 400,
    title: { zh: '命令不正确', en: 'The command is not understood' },
    remedy: { zh: '用法见 zhiyin COMMAND --help。', en: 'zhiyin COMMAND --help explains it.' },
  },
  home_missing: {
    status: 404,
    title: { zh: '该目录下没有知音的数据', en: 'There is no Zhiyin home in this folder' },
    remedy: {
      zh: '用 zhiyin serve --home DIR 新建，或检查路径。',
      en: 'Make one with `zhiyin serve --home DIR`, or check the path.',
    },
  },
  home_exists: {
    status: 409,
    title: { zh: '该目录中已有知音的数据', en: 'There is a Zhiyin home in this folder already' },
    remedy: {
      zh: '请另选目录；已有的演示银行可用 zhiyin demo --serve 打开。',
      en: 'Choose another folder; a demo that is there is served with `zhiyin demo --serve`.',
    },
  },
  home_not_empty: {
    status: 409,
    title: { zh: '该目录或数据库已有数据', en: 'The home or its database already holds data' },
    remedy: { zh: '请恢复到新的空目录（及空数据库）。', en: 'Restore into a new, empty home (and an empty database).' },
  },
  home_of_another_kind: {
    status: 409,
    title: { zh: '该数据目录的类型（演示或正式）不符', en: 'The home is of the other kind (demo or real)' },
    remedy: {
      zh: '演示与正式自建立起即已区分，请另选目录。',
      en: 'A home is demo or real from birth: choose another folder.',
    },
  },
  home_locked: {
    status: 409,
    title: { zh: '该数据目录正被另一个进程使用', en: 'Another process has this home open' },
    remedy: { zh: '请先停止该进程，或通过其服务访问。', en: 'Stop that process, or work through its server.' },
  },
  home_locked_elsewhere: {
    status: 409,
    title: {
      zh: '该数据目录由另一台机器或另一个容器中的进程占用',
      en: 'A process on another machine or in another container has this home open',
    },
    remedy: {
      zh: '请到 host 所示的机器上停止该进程；若那里已没有知音进程（例如容器已重建），可删除 file 所示的锁文件后重新启动。',
      en: 'Stop that process on the machine named in `host`. If no Zhiyin runs there any more (a container that was recreated), remove the lock named in `file` and start again.',
    },
  },
  folder_occupied: {
    status: 409,
    title: {
      zh: '该目录中已有同名文件，不是知音的数据',
      en: 'The folder holds files of these names that are not Zhiyin’s',
    },
    remedy: { zh: '请另选目录，或先移走所列文件。', en: 'Choose another folder, or move the file that is named away.' },
  },
  address_in_use: {
    status: 409,
    title: { zh: '无法监听该地址或端口', en: 'The address or port cannot be listened on' },
    remedy: {
      zh: '请用 --port 换一个端口，或停止占用它的程序。',
      en: 'Choose another with --port, or stop what uses it.',
    },
  },
  server_unreachable: {
    status: 503,
    title: { zh: '无法连接到知音服务', en: 'The Zhiyin server cannot be reached' },
    remedy: {
      zh: '请先运行 zhiyin serve，或用 --home DIR 离线操作。',
      en: 'Start it with `zhiyin serve`, or work offline with `--home DIR`.',
    },
  },
  key_wrong: {
    status: 409,
    title: { zh: '密钥文件与数据不匹配', en: 'The key file does not belong to this data' },
    remedy: {
      zh: '请放回该数据建立时的密钥文件（keys/field.key）；没有它，加密字段无法读取。',
      en: 'Put back the key file the data was written with (keys/field.key); without it encrypted fields cannot be read.',
    },
  },
  key_needed: {
    status: 409,
    title: {
      zh: '要加入的知音缺少密钥文件',
      en: 'The database belongs to a home whose key file is not here',
    },
    remedy: {
      zh: '请将首台服务器的 keys/field.key 安全地复制到本机，并用 ZHIYIN_KEY_FILE 指明其路径。',
      en: 'Bring a copy of keys/field.key from the first server by a safe way, and name it with ZHIYIN_KEY_FILE.',
    },
  },
  not_ready: {
    status: 503,
    title: { zh: '本服务暂不能受理请求', en: 'This server cannot take requests now' },
    remedy: {
      zh: '正在启动或停止，或数据库不可达（见 why）；请改用其他服务器，或稍后再试。',
      en: 'It starts or stops, or its database is away (see `why`): use another server, or try again in a moment.',
    },
  },
  store_missing: {
    status: 409,
    title: { zh: '找不到该数据目录的业务数据库', en: 'The operational store of this home is not there' },
    remedy: {
      zh: '请检查 DATABASE_URL 是否遗漏；如数据已丢失，请从备份恢复到空目录。',
      en: 'Check that DATABASE_URL was not forgotten; if the data is lost, restore a backup into an empty home.',
    },
  },
  store_newer: {
    status: 409,
    title: {
      zh: '数据由更新版本的程序写入，本版本不能使用',
      en: 'The data was written by a newer version that this one does not survive',
    },
    remedy: { zh: '请升级程序后再打开。', en: 'Upgrade the program, then open it again.' },
  },
  store_of_another_home: {
    status: 409,
    title: { zh: '该数据库属于另一个数据目录', en: 'The database belongs to another home' },
    remedy: {
      zh: '请检查 DATABASE_URL，或为本目录另建数据库。',
      en: 'Check DATABASE_URL, or give this home a database of its own.',
    },
  },
  home_moved: {
    status: 409,
    title: { zh: '该数据已迁往别处', en: 'This home has moved' },
    remedy: {
      zh: '请在 database、warehouse 所示的新位置启动；确要重新启用此处旧数据，请加 --anyway，此后两处互不同步。',
      en: 'Start it where `database` and `warehouse` say. To use the old one here again on purpose, add --anyway: from then on the two go their own ways.',
    },
  },
  move_unfinished: {
    status: 409,
    title: { zh: '此处的数据迁移尚未完成', en: 'A move into here has not ended' },
    remedy: {
      zh: '请用相同参数再次运行 zhiyin move，将从中断处继续；若要放弃，请删除目标库、schema 与文件后另行开始。原数据未被改动。',
      en: 'Run the same zhiyin move once more: it goes on where it stopped. To give it up, drop the target database, schema and files. The source is as it was.',
    },
  },
  move_stopped: {
    status: 409,
    title: { zh: '迁移已停止', en: 'The move was stopped' },
    remedy: {
      zh: '再次运行相同命令即从下一段继续。',
      en: 'Run the same command again: it goes on with the next part.',
    },
  },
  move_differs: {
    status: 500,
    title: { zh: '核对不符：目标与来源的数据不同', en: 'The copy is not the same as its source' },
    remedy: {
      zh: '迁移未生效，原数据可继续使用。再次运行将重新复制所列的表；若仍不符，请勿使用目标，并联系支持。',
      en: 'Nothing was published and the source can be used on. Running it again copies the table named anew; if it differs again, do not use the target and ask for support.',
    },
  },
  move_source_old: {
    status: 409,
    title: { zh: '待迁移的数据由另一版本的程序写入', en: 'What is to be moved was written by another version' },
    remedy: {
      zh: '请先用本版本启动一次（启动时会先备份再升级），停止后再迁移。',
      en: 'Start it once with this version, which backs it up and migrates it; stop it, then move it.',
    },
  },
  backup_damaged: {
    status: 422,
    title: { zh: '备份已损坏或不完整', en: 'The backup is damaged or incomplete' },
    remedy: { zh: '未恢复任何数据。请换用另一份备份。', en: 'Nothing was restored. Use another backup.' },
  },
  backup_newer: {
    status: 409,
    title: { zh: '备份由更新版本的程序生成', en: 'The backup was made by a newer version' },
    remedy: { zh: '请升级程序后再恢复。', en: 'Upgrade the program, then restore it.' },
  },
  backup_running: {
    status: 409,
    title: { zh: '正在备份', en: 'A backup is running' },
    remedy: { zh: '请等待其完成。', en: 'Wait until it is done.' },
  },
} as const satisfies Record<string, CataloguedError>
