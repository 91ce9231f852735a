import type { z } from 'zod'
import type { AnswerOf } from '#contract/route.ts'
import { nameIn, useLanguage } from '#ui/i18n.ts'
import { useReader } from '#ui/reader.tsx'
import type { giveGrant, listTokens, listUsers } from '../contract.ts'
import { roleTexts } from '../texts.ts'

export type User = AnswerOf<typeof listUsers>['users'][number]
export type Grant = User['grants'][number]
export type Token = AnswerOf<typeof listTokens>['tokens'][number]
export type Role = z.input<NonNullable<typeof giveGrant.body>>['role']

export const stateOf = (user: User): 'active' | 'waiting' | 'disabled' =>
  user.disabled ? 'disabled' : user.hasPassword ? 'active' : 'waiting'

export const tokenState = (token: Token, now: number): 'active' | 'pending' | 'expired' | 'revoked' =>
  token.revokedAt
    ? 'revoked'
    : Date.parse(token.expiresAt) < now
      ? 'expired'
      : token.awaitsApproval
        ? 'pending'
        : 'active'

/** A role as the reader calls it. */
export function useRoleName(): (role: Role) => string {
  const { t } = useLanguage()
  return (role) => t(roleTexts[role])
}

/** A unit as the reader calls it; one outside what he sees under the name that came with it. */
export function useUnitName(): (right: { unitId: string; unitName: string }) => string {
  const { language } = useLanguage()
  const { places } = useReader()
  return ({ unitId, unitName }) => {
    const place = places.find(({ id }) => id === unitId)
    return place ? nameIn(place, language) : unitName
  }
}
