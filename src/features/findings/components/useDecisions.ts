import type { z } from 'zod'
import { useWrite } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { useTold } from '#ui/told.tsx'
import {
  acceptFinding,
  type dismissReasons,
  dismissFinding,
  type finding,
  mergeFinding,
  type resolveReasons,
  resolveFinding,
  undoDecision,
  unwatchFinding,
  watchFinding,
} from '../contract.ts'
import { texts } from '../texts.ts'

export type Finding = z.infer<typeof finding>
export type DismissReason = (typeof dismissReasons)[number]
export type ResolveReason = (typeof resolveReasons)[number]

const stale = ['findings', 'overview', 'improvement', 'work']

/** What can be decided on a finding; each decision is said, with a press to take it back. */
export function useDecisions(item: Finding) {
  const { t, language } = useLanguage()
  const { told, failed } = useTold()
  const accepting = useWrite(acceptFinding, stale)
  const dismissing = useWrite(dismissFinding, stale)
  const resolving = useWrite(resolveFinding, stale)
  const merging = useWrite(mergeFinding, stale)
  const undoing = useWrite(undoDecision, stale)
  const watching = useWrite(watchFinding, stale)
  const unwatching = useWrite(unwatchFinding, stale)
  const params = { id: item.id }
  const { revision } = item
  // A decision may take its row off the list before the answer is told: promises tell it, callbacks of a gone row would not.
  const undo = () => {
    undoing.mutateAsync({ params, body: {} }).then(() => told(t(texts.undoneDone)), failed)
  }
  const tell = (deciding: Promise<unknown>, text: string, done?: () => void) => {
    deciding.then(() => {
      told(text, undo)
      done?.()
    }, failed)
  }
  const withNote = (note: string | undefined) => (note?.trim() ? { note: note.trim() } : {})
  return {
    pending: [accepting, dismissing, resolving, merging, undoing].some(({ isPending }) => isPending),
    undo,
    accept: (ownerUserId?: string, done?: () => void) =>
      tell(
        accepting.mutateAsync({ params, body: { revision, ...(ownerUserId ? { ownerUserId } : {}) } }),
        t(texts.acceptedDone),
        done,
      ),
    dismiss: (reason: DismissReason, note?: string, done?: () => void) =>
      tell(
        dismissing.mutateAsync({ params, body: { revision, reason, ...withNote(note) } }),
        t(texts.dismissedDone, { reason: t(texts[`reason_${reason}`]) }),
        done,
      ),
    resolve: (reason: ResolveReason, note?: string, done?: () => void) =>
      tell(
        resolving.mutateAsync({ params, body: { revision, reason, ...withNote(note) } }),
        t(texts.resolvedDone, { reason: t(texts[`reason_${reason}`]) }),
        done,
      ),
    merge: (into: Finding, note?: string, done?: () => void) =>
      tell(
        merging.mutateAsync({ params, body: { revision, into: into.id, ...withNote(note) } }),
        t(texts.mergedDone, { into: into.title[language] }),
        done,
      ),
    toggleWatch: () => {
      if (item.watched) unwatching.mutateAsync({ params }).then(() => told(t(texts.unwatchedDone)), failed)
      else watching.mutateAsync({ params }).then(() => told(t(texts.watchedDone)), failed)
    },
  }
}

/** Where a decision may be taken: the contract refuses others. */
export const isOpen = (item: Finding): boolean => item.state === 'new' || item.state === 'accepted'
