import type { z } from 'zod'
import { permissionsAnywhere, unitsAnywhere } from '#access/narrow.ts'
import { type Permission, policy, type Role, roleNames } from '#access/policy.ts'
import type { Scope, Units } from '#access/scope.ts'
import { newestDayOf } from '#features/newestDay.ts'
import type { Services } from '#features/services.ts'
import { unlessAway } from '#features/unlessAway.ts'
import { fail, ok, type Result } from '#lib/result.ts'
import type { Language } from '#lib/text.ts'
import { localDay } from '#lib/time.ts'
import { recordAudit } from '#store/audit.ts'
import type {
  readDoor,
  listTokens as listTokensRoute,
  listUsers as listUsersRoute,
  me as meRoute,
  place,
} from './contract.ts'
import { administers } from './policy.ts'

type Place = z.output<typeof place>

/** The units of a scope, parents before children; a parent outside it is not named. */
export async function unitTree(services: Services, units: Units): Promise<Place[]> {
  const rows = await services.store.query<Place>(
    `select id, name, name_en as "nameEn", level, kind, parent_id as "parentId" from units
     where $1::text[] is null or id = any($1::text[]) order by path`,
    [units === 'all' ? null : units],
  )
  const inside = new Set(rows.map((row) => row.id))
  return rows.map((row) => ({
    ...row,
    parentId: row.parentId !== null && inside.has(row.parentId) ? row.parentId : null,
  }))
}

/** Before sign-in. The demo's accounts stand in its settings; a real home names none, whatever stands there. */
export async function door(services: Services): Promise<z.output<typeof readDoor.answer>> {
  if (services.home.kind !== 'demo') return { practice: false, signIns: [] }
  const rows = await services.store.query<{
    value: { login: string; password: string; name: string; role: Role; unit: string }[]
  }>("select value from settings where key = 'demo.signIns'")
  const names = await services.store.query<{ id: string; name: string }>('select id, name from units')
  const nameOf = new Map(names.map((unit) => [unit.id, unit.name]))
  const signIns = (rows[0]?.value ?? []).map((row) => ({
    ...row,
    role: roleNames[row.role],
    unit: nameOf.get(row.unit) ?? row.unit,
  }))
  return { practice: true, signIns }
}

/** The top below which most units lie: where the unit picker begins. */
function rootOf(places: readonly Place[]): string | null {
  const parents = new Map(places.map((each) => [each.id, each.parentId]))
  const sizes = new Map<string, number>()
  for (const { id } of places) {
    let top = id
    for (let parent = parents.get(top); parent; parent = parents.get(top)) top = parent
    sizes.set(top, (sizes.get(top) ?? 0) + 1)
  }
  return [...sizes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null
}

export async function me(
  services: Services,
  scope: Scope,
  language: Language,
): Promise<z.input<typeof meRoute.answer>> {
  const { id, kind } = scope.actor
  const places = await unitTree(services, unitsAnywhere(scope))
  const [user] =
    kind === 'user'
      ? await services.store.query<{ login: string; name_enc: Uint8Array; language: Language }>(
          'select login, name_enc, language from users where id = $1',
          [id],
        )
      : []
  const newest = await unlessAway(() => newestDayOf(services, scope))
  return {
    id,
    kind,
    login: user?.login ?? id,
    name: user ? services.cipher.decrypt(user.name_enc) : await nameOfProgram(services, scope, language),
    language: user?.language ?? language,
    roles: kind === 'operator' ? [] : scope.roles.map((role) => ({ role, name: roleNames[role] })),
    permissions: permissionsAnywhere(scope, Object.keys(policy) as Permission[]),
    places,
    root: rootOf(places),
    home: { kind: services.home.kind },
    practice: services.home.kind === 'demo',
    timeZone: services.home.timeZone,
    today: localDay(services.clock(), services.home.timeZone),
    // Whoever holds no role yet sees no facts either. The frame of all pages stands on this: it goes without the day.
    newestDay: newest?.ok ? newest.value : null,
  }
}

async function nameOfProgram(services: Services, scope: Scope, language: Language): Promise<string> {
  if (scope.actor.kind === 'operator') return language === 'zh' ? '本机运维' : 'Operator'
  const [token] = await services.store.query<{ name: string }>('select name from service_tokens where id = $1', [
    scope.actor.id,
  ])
  return token?.name ?? scope.actor.id
}

export interface OpenSession {
  id: string
  createdAt: string
  lastSeenAt: string
  expiresAt: string
  current: boolean
}

async function sessionsOf(services: Services, userId: string, current: string | undefined): Promise<OpenSession[]> {
  const rows = await services.store.query<Omit<OpenSession, 'current'>>(
    `select id, created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt" from sessions
     where user_id = $1 and revoked_at is null and expires_at > $2 order by created_at desc`,
    [userId, services.clock().toISOString()],
  )
  return rows.map((row) => ({ ...row, current: row.id === current }))
}

export const mySessions = (services: Services, scope: Scope): Promise<OpenSession[]> =>
  sessionsOf(services, scope.actor.id, scope.session)

export async function userSessions(
  services: Services,
  scope: Scope,
  userId: string,
): Promise<Result<{ sessions: OpenSession[] }, 'not_found'>> {
  if (!(await administers(services.store, scope, userId))) return fail('not_found')
  return ok({ sessions: await sessionsOf(services, userId, scope.session) })
}

interface UserRow {
  id: string
  login: string
  name_enc: Uint8Array
  disabled: boolean
  hasPassword: boolean
  createdAt: string
  lastSignedInAt: string | null
}
type GrantRow = z.input<typeof listUsersRoute.answer>['users'][number]['grants'][number] & {
  userId: string
  role: Role
}

/** Users with a role inside the scope, and those its reader made who have none yet. A view of names: audited. */
export async function listUsers(
  services: Services,
  scope: Scope,
  page: { cursor?: string | undefined; limit: number },
): Promise<z.input<typeof listUsersRoute.answer>> {
  const units = scope.units === 'all' ? null : scope.units
  return services.store.transaction(async (tx) => {
    const rows = await tx.query<UserRow>(
      `select u.id, u.login, u.name_enc, u.disabled, u.password_hash is not null as "hasPassword",
         u.created_at as "createdAt", u.last_signed_in_at as "lastSignedInAt"
       from users u
       where u.id > $1 and ($2::text[] is null
         or exists (select 1 from grants g where g.user_id = u.id and g.revoked_at is null and g.unit_id = any($2::text[]))
         or (u.created_by = $3 and not exists (select 1 from grants g where g.user_id = u.id and g.revoked_at is null)))
       order by u.id limit $4`,
      [page.cursor ?? '', units, scope.actor.id, page.limit + 1],
    )
    const shown = rows.slice(0, page.limit)
    const grants = await tx.query<GrantRow>(
      `select g.id, g.user_id as "userId", g.role, g.unit_id as "unitId", n.name as "unitName",
         g.awaits_approval as "awaitsApproval", g.approved_by as "approvedBy",
         g.granted_by as "grantedBy", g.granted_at as "grantedAt"
       from grants g join units n on n.id = g.unit_id
       where g.user_id = any($1::text[]) and g.revoked_at is null and ($2::text[] is null or g.unit_id = any($2::text[]))
       order by g.granted_at, g.id`,
      [shown.map((row) => row.id), units],
    )
    await recordAudit(tx, scope.actor, { action: 'user.view', objectKind: 'user', detail: { count: shown.length } })
    return {
      users: shown.map(({ name_enc, ...row }) => ({
        ...row,
        name: services.cipher.decrypt(name_enc),
        grants: grants.filter((grant) => grant.userId === row.id).map(({ userId: _, ...grant }) => grant),
      })),
      nextCursor: rows.length > page.limit ? shown.at(-1)!.id : null,
    }
  })
}

export async function listTokens(services: Services, scope: Scope): Promise<z.input<typeof listTokensRoute.answer>> {
  const tokens = await services.store.query<z.input<typeof listTokensRoute.answer>['tokens'][number]>(
    `select t.id, t.name, t.role, t.unit_id as "unitId", n.name as "unitName", t.awaits_approval as "awaitsApproval",
       t.approved_by as "approvedBy", t.created_by as "createdBy", t.created_at as "createdAt",
       t.expires_at as "expiresAt", t.revoked_at as "revokedAt"
     from service_tokens t join units n on n.id = t.unit_id
     where $1::text[] is null or t.unit_id = any($1::text[]) order by t.created_at desc, t.id limit 500`,
    [scope.units === 'all' ? null : scope.units],
  )
  return { tokens }
}
