/**
 * Who you are, what you may see, and who gave it to you.
 * POST /api/v1/sign-in · POST /api/v1/sign-out · GET /api/v1/me
 * POST /api/v1/me/password                    change one's own password
 * GET  /api/v1/me/sessions · POST /api/v1/me/sessions/:id/revoke
 * POST /api/v1/one-time-links/accept          set a password with a link: the first administrator, a new user, a reset
 * GET  /api/v1/door                          before sign-in: is this a practice home, and its practice sign-ins
 * GET  /api/v1/units                          the tree inside the reader's scope
 * GET  /api/v1/users · POST /api/v1/users · POST /api/v1/users/:id/{link,disable,enable}
 * GET  /api/v1/users/:id/sessions · POST /api/v1/users/:id/sessions/revoke
 * POST /api/v1/grants · POST /api/v1/grants/:id/{approve,revoke}
 * GET  /api/v1/service-tokens · POST … · POST /api/v1/service-tokens/:id/{approve,revoke}
 */
export * from './contract/rights.ts'
export * from './contract/self.ts'
export { place } from './contract/shapes.ts'
export * from './contract/users.ts'
