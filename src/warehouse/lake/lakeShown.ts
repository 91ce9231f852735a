import type { Versions } from '../warehouse.ts'
import type { LakeState } from './lakeState.ts'

/** How long a changed data version may wait, so that a busy intake does not empty every cache. */
const publishMs = 10_000

/** What one server knows of a lake and shows of it. */
export interface LakeShown {
  /** What was published when this server last looked: questions read these snapshots. */
  state(): LakeState
  /** What answers are kept by: never newer than what questions read. */
  versions(): Versions
  look(): Promise<void>
  /** Shows at least this version, where anybody has published it; without one, looks. */
  catchUp(version?: number): Promise<void>
  showLatest(): void
}

export function shownOf(read: () => Promise<LakeState>, first: LakeState, now: () => number = Date.now): LakeShown {
  let state = first
  let shown = versionsOf(first)
  let shownAt = 0
  const show = (versions: Versions) => {
    if (versions.data !== shown.data) shownAt = now()
    shown = versions
  }
  const see = (next: LakeState) => {
    // A slow look may come after a newer one. Of one version both hold the same rows.
    if (dataVersionOf(next) < dataVersionOf(state)) return
    state = next
    const publishedAtOnce = Number(state.meta.get('published_version') ?? 0)
    if (publishedAtOnce > shown.data || now() - shownAt >= publishMs) show(versionsOf(state))
  }
  const look = async () => see(await read())
  return {
    state: () => state,
    versions: () => shown,
    look,
    async catchUp(version) {
      if (version !== undefined && version <= shown.data) return
      // Where the Store does not answer, the call that wants this will hear it itself.
      if (version === undefined || version > dataVersionOf(state)) await look().catch(() => undefined)
      if (version === undefined || version <= shown.data || version > dataVersionOf(state)) return
      const latest = versionsOf(state)
      // No more than was asked for: servers would else drive each other on while interactions stream in, and no cache
      // would live. When that version came to be is not known any more: not before what was shown until now.
      show(latest.data === version ? latest : { ...latest, data: version, changedAt: shown.changedAt })
    },
    showLatest: () => show(versionsOf(state)),
  }
}

const dataVersionOf = (state: LakeState): number => Number(state.meta.get('data_version') ?? 1)

const versionsOf = (state: LakeState): Versions => ({
  data: dataVersionOf(state),
  changedAt: state.meta.get('changed_at') ?? null,
  dimensions: state.meta.get('dimensions_version') ?? '0',
  calendar: state.meta.get('calendar_version') ?? '0',
})
