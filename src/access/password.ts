import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. Older hashes are renewed at the next sign-in. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const tagLength = 32
const atOnce = 4
const mayWait = 200

/** Thrown away, but computed: an unknown login takes as long as a known one. */
const nobody = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

// Each hash takes 19 MiB and a thread for tens of milliseconds: a flood of sign-ins must not take them all.
let running = 0
const waiting: (() => void)[] = []

export const tooManyHashes = (): boolean => waiting.length >= mayWait

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

const tagOf = (password: string, salt: Buffer, { memory, passes, parallelism } = cost, length = tagLength) =>
  inTurn(() =>
    derive('argon2id', {
      message: password.normalize('NFKC'),
      nonce: salt,
      memory,
      passes,
      parallelism,
      tagLength: length,
    }),
  )

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

/** The password's hash in PHC form: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await tagOf(password, salt)
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(tag)}`
}

/** Whether the password is this hash's. Without a hash it takes as long and answers no. */
export async function verifyPassword(password: string, hash: string | null | undefined): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(hash ?? nobody)
  if (!parts) throw new Error('a password hash has an unknown form')
  const [, memory, passes, parallelism, salt, tag] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const expected = Buffer.from(tag, 'base64')
  const found = await tagOf(
    password,
    Buffer.from(salt, 'base64'),
    { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    expected.length,
  )
  return timingSafeEqual(found, expected) && hash != null
}

export const needsRehash = (hash: string): boolean =>
  !hash.startsWith(`$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$`)

const common = new Set(
  'password12 passw0rd12 1234567890 12345678910 0123456789 0987654321 qwertyuiop 1q2w3e4r5t 1qaz2wsx3edc administrator adminadmin changeme123 iloveyou123 woaini1314 woaini520520 5201314520 a123456789 zhiyin12345 zhiyinzhiyin'.split(
    ' ',
  ),
)

/** Why a password is refused; undefined where it will do. Length counts more than variety (NIST SP 800-63B, 5.1.1.2). */
export function passwordFault(password: string, login: string): 'too_short' | 'too_common' | 'like_login' | undefined {
  const text = password.normalize('NFKC')
  const lower = text.toLowerCase()
  if ([...text].length < 10) return 'too_short'
  if (login.length >= 3 && lower.includes(login.toLowerCase())) return 'like_login'
  if (common.has(lower) || new Set(lower).size < 4) return 'too_common'
  return undefined
}
