import type { IncomingHttpHeaders } from 'node:http'
import type { Services } from '#features/services.ts'

/** Sent with every answer. Styles may be inline because Ant Design writes them at run time; scripts may not. */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
    "worker-src 'self' blob:; connect-src 'self'; font-src 'self' data:; object-src 'none'; base-uri 'self'; " +
    "form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const

/**
 * Whether a write that carries no bearer token comes from another site: browsers say so in Sec-Fetch-Site, older ones
 * in Origin. A caller that sends neither is no browser and holds no cookie that it did not put there itself.
 */
export function isCrossSite(headers: IncomingHttpHeaders, host: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const origin = headers.origin
  if (origin === undefined) return false
  try {
    return new URL(origin).host !== host
  } catch {
    return true
  }
}

export interface RateLimiter {
  /** True when the call may pass. */
  take(key: string, perMinute: number): boolean | Promise<boolean>
}

export const limiterOf = (services: Services): RateLimiter =>
  services.server.shared ? sharedLimiter(services) : rateLimiter()

const sweepEveryMs = 60_000

/**
 * The same buckets in the store, for servers that share it. Without the store nobody could sign in anyway: a fault of it
 * is the call's fault, never a way past the limit. Addresses are kept as blind indexes.
 */
export function sharedLimiter({ store, cipher }: Pick<Services, 'store' | 'cipher'>): RateLimiter {
  const level = `least($2::double precision, b.level
    + greatest(0, extract(epoch from clock_timestamp() - b.at))::double precision / 60 * $2::double precision)`
  let swept = performance.now()
  return {
    take: async (key, perMinute) => {
      if (performance.now() - swept > sweepEveryMs) {
        swept = performance.now()
        // After a minute each bucket is full again, as one that is not there.
        await store.query("delete from rate_buckets where at < now() - interval '2 minutes'")
      }
      const [bucket] = await store.query<{ passed: boolean }>(
        `insert into rate_buckets as b (key, level, passed, at)
         values ($1, $2::double precision - 1, true, clock_timestamp())
         on conflict (key) do update set passed = ${level} >= 1,
           level = ${level} - case when ${level} >= 1 then 1 else 0 end, at = clock_timestamp()
         returning passed`,
        [cipher.blindIndex('rate', key), perMinute],
      )
      return bucket?.passed ?? false
    },
  }
}

/** Calls per minute and address, as a bucket that refills steadily. Forgets addresses whose bucket is full again. */
export function rateLimiter(now: () => number = Date.now): { take(key: string, perMinute: number): boolean } {
  const buckets = new Map<string, { left: number; at: number; perMinute: number }>()
  const levelAt = (bucket: { left: number; at: number; perMinute: number }, at: number) =>
    Math.min(bucket.perMinute, bucket.left + ((at - bucket.at) / 60_000) * bucket.perMinute)
  return {
    take(key: string, perMinute: number): boolean {
      const at = now()
      if (buckets.size > 10_000)
        for (const [other, bucket] of buckets) if (levelAt(bucket, at) >= bucket.perMinute) buckets.delete(other)
      const bucket = buckets.get(key) ?? { left: perMinute, at, perMinute }
      const left = levelAt(bucket, at)
      buckets.set(key, { left: left >= 1 ? left - 1 : left, at, perMinute })
      return left >= 1
    },
  }
}
