import { randomInt } from 'node:crypto'
import { hashPassword } from '#access/password.ts'
import type { Role } from '#access/policy.ts'
import { newId } from '#lib/ids.ts'
import type { FieldCipher } from '#store/encryption.ts'
import type { Tx } from '#store/store.ts'
import { headOffice } from './bank/units.ts'
import { personName } from './people/names.ts'
import { stream } from './random.ts'
import type { World } from './world.ts'

export interface DemoSignIn {
  login: string
  password: string
  name: string
  role: Role
  unit: string
}

/** Where the sign-in page and `zhiyin demo` find the practice sign-ins; only a demo home has this setting. */
export const signInsSetting = 'demo.signIns'

const accounts: readonly [login: string, role: Role, unit: string][] = [
  ['hangzhang', 'EXE', headOffice],
  ['tiyan', 'CXM', headOffice],
  ['fenxi', 'AN', headOffice],
  ['liucheng', 'PO', headOffice],
  ['qudao', 'CH', 'dg'],
  ['fenhang', 'CXM', 'hz'],
  ['wangdian', 'BM', 'hz-xihu'],
  ['kefu', 'CCS', 'cc'],
  ['tousu', 'CMP', headOffice],
  ['xiaobao', 'CPO', headOffice],
  ['shenji', 'AUD', headOffice],
  ['guanli', 'ADM', headOffice],
]

// Said once, typed once: syllables and digits that cannot be mistaken for one another.
const syllables = 'ba chu dan fei gao hua jin kai lan min nuo ping qing ren song tian wen xin yun zhi'.split(' ')
const password = (): string =>
  `${Array.from({ length: 3 }, () => syllables[randomInt(syllables.length)]).join('-')}-${randomInt(100, 1000)}`

/** A user for each main role at a unit that suits it; the passwords are this home's own. */
export async function writeSignIns(tx: Tx, cipher: FieldCipher, world: World): Promise<Map<string, string>> {
  const users = new Map<string, string>()
  const signIns: DemoSignIn[] = []
  for (const [login, role, wanted] of accounts) {
    const unit = world.unitIndex.has(wanted) ? wanted : headOffice
    const random = stream(world.seed, 'user', login)
    const name = personName(random, random() < 0.5 ? 'man' : 'woman', 1972 + Math.floor(random() * 20))
    const secret = password()
    const id = newId('usr')
    await tx.query(
      `insert into users (id, login, name_enc, password_hash, created_by) values ($1, $2, $3, $4, 'operator')`,
      [id, login, cipher.encrypt(name), await hashPassword(secret)],
    )
    await tx.query(`insert into grants (id, user_id, role, unit_id, granted_by) values ($1, $2, $3, $4, 'operator')`, [
      newId('grt'),
      id,
      role,
      unit,
    ])
    users.set(login, id)
    signIns.push({ login, password: secret, name, role, unit })
  }
  await tx.query('insert into settings (key, value) values ($1, $2::jsonb)', [signInsSetting, JSON.stringify(signIns)])
  return users
}
