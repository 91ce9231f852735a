// The system's Chromium and a Chinese font for the browser journeys: found, or installed through apt where this user may.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const output = (command, args, options = {}) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], ...options }).trim()
  } catch {
    return undefined
  }
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

const find = () =>
  [process.env.ZHIYIN_CHROMIUM, ...names.map((name) => output('which', [name])), mac].find(
    (path) => path && existsSync(path),
  )

const readsChinese = () => process.platform !== 'linux' || Boolean(output('fc-list', [':lang=zh', 'family']))

/** `{ path }`, or `{ missing }` with the reason: the caller then skips by name. */
export function ensureChromium(say = () => {}) {
  const wanted = [...(find() ? [] : ['chromium']), ...(readsChinese() ? [] : ['fonts-noto-cjk'])]
  if (wanted.length > 0 && process.platform === 'linux' && output('apt-get', ['--version'])) {
    const root = process.getuid() === 0
    if (root || output('sudo', ['-n', 'true']) !== undefined) {
      say(`installing ${wanted.join(' and ')} for the browser journeys (apt-get install)`)
      const apt = (...args) => {
        const [command, ...rest] = root ? ['apt-get', ...args] : ['sudo', '-n', '-E', 'apt-get', ...args]
        return output(command, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }) !== undefined
      }
      const install = () => apt('install', '-y', '--no-install-recommends', ...wanted)
      if (!install() && apt('update')) install()
    }
  }
  const path = find()
  if (!path) return { missing: 'no Chromium was found, nor could one be installed' }
  if (!readsChinese()) say('no Chinese font was found: pictures of Chinese pages will show boxes')
  return { path }
}
