import type { FieldCipher } from '#store/encryption.ts'
import type { Store } from '#store/store.ts'
import { genderOf, segments } from '../people/customers.ts'
import { impossibleDocument, impossiblePhone } from '../people/identity.ts'
import { personName } from '../people/names.ts'
import { stream } from '../random.ts'
import type { World } from '../world.ts'
import { type BulkColumn, bulkInsert, made } from './bulk.ts'
import { demoSource } from './facts.ts'

const chunk = 4000
const day = (epochDay: number) => new Date(epochDay * 86_400_000).toISOString().slice(0, 10)

/** Who a customer is: made when it is written, kept nowhere else. */
export function identityOf(world: World, customer: number) {
  const gender = genderOf(world.customers, customer)
  const birthYear = world.customers.birthYear[customer] as number
  return {
    number: `C${String(customer + 1).padStart(8, '0')}`,
    name: personName(stream(world.seed, 'name', customer), gender, birthYear),
    phone: impossiblePhone(stream(world.seed, 'phone', customer)),
    document: impossibleDocument(stream(world.seed, 'document', customer), gender, birthYear),
  }
}

/** Customers with their identity encrypted field by field, and the numbers under which source systems know them. */
export async function writeCustomers(store: Store, cipher: FieldCipher, world: World, loadId: number): Promise<void> {
  const { customers, units } = world
  for (let from = 0; from < customers.count; from += chunk) {
    const part = Array.from({ length: Math.min(chunk, customers.count - from) }, (_, i) => from + i)
    const people = part.map((customer) => identityOf(world, customer))
    const bytes = (values: Uint8Array[]): BulkColumn => ({ type: 'bytea', values })
    const of = <T extends string | number>(type: BulkColumn['type'], value: (customer: number) => T): BulkColumn => ({
      type,
      values: part.map(value),
    })
    const key = of('bigint', (customer) => customers.key[customer] as number)
    await store.transaction(async (tx) => {
      await bulkInsert(tx, 'customers', {
        key,
        name_enc: bytes(people.map(({ name }) => cipher.encrypt(name))),
        name_index: bytes(people.map(({ name }) => cipher.blindIndex('customer.name', name))),
        phone_enc: bytes(people.map(({ phone }) => cipher.encrypt(phone))),
        phone_index: bytes(people.map(({ phone }) => cipher.blindIndex('customer.phone', phone))),
        document_enc: bytes(people.map(({ document }) => cipher.encrypt(document))),
        document_index: bytes(people.map(({ document }) => cipher.blindIndex('customer.document', document))),
        unit_id: of('text', (customer) => units[customers.unit[customer] as number]?.id ?? ''),
        segment: of('text', (customer) => segments[customers.segment[customer] as number] ?? ''),
        birth_year: of('integer', (customer) => customers.birthYear[customer] as number),
        opened_on: of('date', (customer) => day(customers.openedOn[customer] as number)),
        load_id: of('bigint', () => loadId),
      })
      await bulkInsert(
        tx,
        'subject_keys',
        subjects(
          cipher,
          'customer',
          people.map(({ number }) => number),
          key,
        ),
      )
      await bulkInsert(tx, 'load_changes', made(loadId, 'customers', key.values))
    })
  }
}

export async function writeStaff(store: Store, cipher: FieldCipher, world: World, loadId: number): Promise<void> {
  const { staff } = world
  const key: BulkColumn = { type: 'bigint', values: staff.map((one) => one.key) }
  await store.transaction(async (tx) => {
    await bulkInsert(tx, 'staff', {
      key,
      name_enc: { type: 'bytea', values: staff.map((one) => cipher.encrypt(one.name)) },
      name_index: { type: 'bytea', values: staff.map((one) => cipher.blindIndex('staff.name', one.name)) },
      unit_id: { type: 'text', values: staff.map((one) => one.unit) },
      position: { type: 'text', values: staff.map((one) => one.position) },
      load_id: { type: 'bigint', values: staff.map(() => loadId) },
    })
    await bulkInsert(
      tx,
      'subject_keys',
      subjects(
        cipher,
        'staff',
        staff.map((one) => one.number),
        key,
      ),
    )
    await bulkInsert(tx, 'load_changes', made(loadId, 'staff', key.values))
  })
}

const subjects = (cipher: FieldCipher, kind: 'customer' | 'staff', numbers: string[], key: BulkColumn) =>
  ({
    kind: { type: 'text', values: numbers.map(() => kind) },
    source: { type: 'text', values: numbers.map(() => demoSource) },
    external_index: {
      type: 'bytea',
      values: numbers.map((number) => cipher.blindIndex(`${kind}:${demoSource}`, number)),
    },
    external_enc: { type: 'bytea', values: numbers.map((number) => cipher.encrypt(number)) },
    key,
  }) satisfies Record<string, BulkColumn>
