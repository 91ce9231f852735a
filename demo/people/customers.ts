import type { DemoDay } from '../calendar.ts'
import { normal, pickIndex, runningTotals, stream } from '../random.ts'
import { surrogate } from './identity.ts'
import type { Gender } from './names.ts'

export const segments = ['大众客户', '代发客户', '财富客户', '私行客户', '长者客户', '青年客户'] as const

/** The customers as columns; a customer is his index everywhere in the demo. */
export interface Customers {
  count: number
  key: Float64Array
  /** Index of the home branch among all units. */
  unit: Int16Array
  segment: Int8Array
  birthYear: Int16Array
  man: Uint8Array
  /** Days since 1970-01-01. */
  openedOn: Int32Array
  /** How kindly he answers any survey, in points of the five-point scale. */
  mildness: Float32Array
  /** How often he comes to the branch, and how often he uses digital channels: 0 to 5. */
  visits: Uint8Array
  digital: Uint8Array
}

export const genderOf = (customers: Customers, index: number): Gender => (customers.man[index] ? 'man' : 'woman')

export function demoCustomers(
  seed: number,
  count: number,
  branches: readonly { index: number; id: string }[],
  days: readonly DemoDay[],
): Customers {
  const firstDay = days[0]?.epochDay ?? 0
  const year = new Date(firstDay * 86_400_000).getUTCFullYear()
  const sizes = runningTotals(branches.map((branch) => 0.7 + 0.6 * stream(seed, 'branch size', branch.id)()))
  const customers: Customers = {
    count,
    key: new Float64Array(count),
    unit: new Int16Array(count),
    segment: new Int8Array(count),
    birthYear: new Int16Array(count),
    man: new Uint8Array(count),
    openedOn: new Int32Array(count),
    mildness: new Float32Array(count),
    visits: new Uint8Array(count),
    digital: new Uint8Array(count),
  }
  const taken = new Set<number>()
  for (let i = 0; i < count; i++) {
    const random = stream(seed, 'customer', i)
    let key = surrogate(random)
    while (taken.has(key)) key = surrogate(random)
    taken.add(key)
    customers.key[i] = key
    customers.unit[i] = branches[pickIndex(random, sizes)]?.index ?? 0
    customers.man[i] = random() < 0.49 ? 1 : 0
    const age = Math.round(Math.max(18, Math.min(88, 44 + 16 * normal(random))))
    customers.birthYear[i] = year - age
    const wealth = random()
    customers.segment[i] =
      wealth > 0.992 ? 3 : wealth > 0.92 ? 2 : age >= 62 ? 4 : age <= 27 && random() < 0.7 ? 5 : random() < 0.45 ? 1 : 0
    // One in eight joined within the history, the others in the twenty years before it.
    const joined = random()
    customers.openedOn[i] =
      random() < 0.12
        ? firstDay + Math.floor(joined * days.length)
        : firstDay - 1 - Math.floor(joined * joined * Math.min(20, age - 17) * 365)
    customers.mildness[i] = 0.3 * normal(random)
    const eager = random()
    customers.visits[i] = Math.max(1, Math.min(5, Math.round((age >= 60 ? 3 : age >= 40 ? 2 : 1) + 2 * eager - 0.4)))
    const modern = random()
    customers.digital[i] = Math.max(
      0,
      Math.min(5, Math.round((age >= 65 ? 0.6 : age >= 45 ? 2.4 : 3.6) + 2 * modern - 0.8)),
    )
  }
  return customers
}

/** Draws customers in proportion to a weight, among those who had joined by a day. */
export interface Pool {
  members: Int32Array
  /** How many entries of `members` had joined by each day of the history. */
  joinedBy: Int32Array
}

export function poolOf(
  customers: Customers,
  weight: Uint8Array,
  days: readonly DemoDay[],
  belongs: (customer: number) => boolean = () => true,
): Pool {
  const chosen: number[] = []
  for (let i = 0; i < customers.count; i++) if ((weight[i] as number) > 0 && belongs(i)) chosen.push(i)
  chosen.sort((a, b) => (customers.openedOn[a] as number) - (customers.openedOn[b] as number) || a - b)
  const members: number[] = []
  for (const i of chosen) for (let k = 0; k < (weight[i] as number); k++) members.push(i)
  const joinedBy = new Int32Array(days.length)
  let at = 0
  for (const day of days) {
    while (at < members.length && (customers.openedOn[members[at] as number] as number) <= day.epochDay) at++
    joinedBy[day.index] = at
  }
  return { members: Int32Array.from(members), joinedBy }
}

/** A customer of the pool, or -1 where nobody has joined yet. */
export function drawCustomer(pool: Pool, day: number, at: number): number {
  const joined = pool.joinedBy[day] as number
  return joined === 0 ? -1 : (pool.members[Math.floor(at * joined)] as number)
}
