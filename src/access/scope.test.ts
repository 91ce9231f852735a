import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { newId } from '#lib/ids.ts'
import { openTestStore } from '#store/testing.ts'
import { scopeOfOperator, scopeOfUser } from './mint.ts'
import { focus, narrow } from './narrow.ts'
import { type Permission, policy, type Role, roles } from './policy.ts'
import { may, type Scope, seesUnit } from './scope.ts'

const store = await openTestStore()
after(() => store.close())

// Ids that are beginnings and patterns of one another: 'a_' as a LIKE pattern matches 'ab', and 'a' begins both.
const tree: [string, string, string | null][] = [
  ['bank', 'head_office', null],
  ['a', 'province', 'bank'],
  ['a_', 'city', 'a'],
  ['ab', 'city', 'a'],
  ['a_1', 'branch', 'a_'],
  ['ab1', 'branch', 'ab'],
  ['%', 'province', 'bank'],
  ['%1', 'branch', '%'],
]
const parents = new Map(tree.map(([id, , parent]) => [id, parent]))
const paths = new Map<string | null, string>([[null, '/']])
for (const [id, level, parent] of tree) {
  paths.set(id, `${paths.get(parent)}${id}/`)
  await store.query('insert into units (id, code, name, level, parent_id, path) values ($1, $1, $1, $2, $3, $4)', [
    id,
    level,
    parent,
    paths.get(id),
  ])
}
const unitIds = tree.map(([id]) => id)
const permissions = Object.keys(policy) as Permission[]

const isUnder = (unit: string | null, root: string): boolean =>
  unit !== null && (unit === root || isUnder(parents.get(unit) ?? null, root))
/** What the grants say, worked out apart from the code under test. */
const granted = (grants: [Role, string][], permission: Permission, unit: string): boolean =>
  grants.some(([role, root]) => (policy[permission] as readonly Role[]).includes(role) && isUnder(unit, root))

async function userWith(grants: [Role, string][]): Promise<Scope> {
  const id = newId('usr')
  await store.query("insert into users (id, login, name_enc) values ($1, $1, '')", [id])
  for (const [role, unit] of new Map(grants.map((grant) => [grant.join(), grant])).values())
    await store.query('insert into grants (id, user_id, role, unit_id) values ($1, $2, $3, $4)', [
      newId('grt'),
      id,
      role,
      unit,
    ])
  return scopeOfUser(store, id)
}

const someGrants = fc.array(fc.tuple(fc.constantFrom(...roles), fc.constantFrom(...unitIds)), { maxLength: 4 })

test('a scope allows in a unit only what a grant allows there, however it is focused and narrowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      someGrants,
      fc.array(
        fc.oneof(
          fc.record({ focus: fc.constantFrom(...permissions) }),
          fc.record({ narrow: fc.constantFrom(...unitIds, 'no such unit') }),
        ),
        { maxLength: 4 },
      ),
      async (grants, steps) => {
        let scope: Scope | undefined = await userWith(grants)
        for (const step of steps) {
          const before: Scope = scope
          scope = 'focus' in step ? focus(scope, step.focus) : await narrow(store, scope, step.narrow)
          // Held nowhere, or nowhere in what he narrowed to.
          if (!scope) return
          if ('narrow' in step)
            for (const unit of unitIds)
              if (seesUnit(scope, unit)) assert.ok(seesUnit(before, unit) && isUnder(unit, step.narrow))
        }
        for (const permission of permissions)
          for (const unit of unitIds)
            if (permission !== 'self.read' && may(scope, permission) && seesUnit(scope, unit))
              assert.ok(granted(grants, permission, unit), `${permission} in ${unit}`)
      },
    ),
    { numRuns: 60 },
  )
})

test('focusing on a permission shows every unit in which it is held', async () => {
  await fc.assert(
    fc.asyncProperty(someGrants, fc.constantFrom(...permissions), async (grants, permission) => {
      fc.pre(permission !== 'self.read')
      const scope = focus(await userWith(grants), permission)
      const expected = unitIds.filter((unit) => granted(grants, permission, unit))
      assert.deepEqual(
        unitIds.filter((unit) => scope && seesUnit(scope, unit)),
        expected,
      )
      if (expected.length > 0) assert.ok(scope && may(scope, permission))
    }),
    { numRuns: 60 },
  )
})

test('a branch never sees a sibling, even one whose id is a pattern of its own', async () => {
  assert.deepEqual((await userWith([['BM', 'a_']])).units, ['a_', 'a_1'])
  assert.deepEqual((await userWith([['BM', '%']])).units, ['%', '%1'])
  assert.deepEqual((await narrow(store, await userWith([['BM', 'a_1']]), 'ab1')).units, [])
})

test('who decides in one branch and reads everywhere does not decide everywhere', async () => {
  const scope = await userWith([
    ['BM', 'ab1'],
    ['AN', 'bank'],
  ])
  assert.equal(scope.units, 'all')
  assert.ok(may(scope, 'processes.read') && !may(scope, 'findings.decide'))
  assert.deepEqual(focus(scope, 'findings.decide')?.units, ['ab1'])
  assert.equal(focus(scope, 'findings.read')?.units, 'all')
  assert.ok(may(await narrow(store, scope, 'ab1'), 'findings.decide'))
})

test('a grant that waits for approval, was taken back or names an unknown role gives nothing', async () => {
  const scope = await userWith([['AN', 'a']])
  const id = scope.actor.id
  await store.query('update grants set awaits_approval = true where user_id = $1', [id])
  assert.deepEqual((await scopeOfUser(store, id)).units, [])
  await store.query("update grants set awaits_approval = false, role = 'KING' where user_id = $1", [id])
  assert.deepEqual([...(await scopeOfUser(store, id)).permissions], ['self.read'])
  await store.query("update grants set role = 'AN', revoked_at = now() where user_id = $1", [id])
  assert.equal(focus(await scopeOfUser(store, id), 'questions.ask'), undefined)
})

test('the operator holds everything everywhere', () => {
  const scope = scopeOfOperator()
  assert.equal(scope.units, 'all')
  assert.ok(permissions.every((permission) => may(scope, permission)))
})
