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
  const undo = () =>
    undoing.mutate({ params, body: {} }, { onSuccess: () => told(t(texts.undoneDone)), onError: failed })
  const then = (text: string, done?: () => void) => ({
    onSuccess: () => {
      told(text, undo)
      done?.()
    },
    onError: failed,
  })
  const withNote = (note: string | undefined) => (note?.trim() ? { note: note.trim() } : {})
  return {
    pending: [accepting, dismissing, resolving, merging, undoing].some(({ isPending }) => isPending),
    undo,
    accept: (ownerUserId?: string, done?: () => void) =>
      accepting.mutate(
        { params, body: { revision, ...(ownerUserId ? { ownerUserId } : {}) } },
        then(t(texts.acceptedDone), done),
      ),
    dismiss: (reason: DismissReason, note?: string, done?: () => void) =>
      dismissing.mutate(
        { params, body: { revision, reason, ...withNote(note) } },
        then(t(texts.dismissedDone, { reason: t(texts[`reason_${reason}`]) }), done),
      ),
    resolve: (reason: ResolveReason, note?: string, done?: () => void) =>
      resolving.mutate(
        { params, body: { revision, reason, ...withNote(note) } },
        then(t(texts.resolvedDone, { reason: t(texts[`reason_${reason}`]) }), done),
      ),
    merge: (into: Finding, note?: string, done?: () => void) =>
      merging.mutate(
        { params, body: { revision, into: into.id, ...withNote(note) } },
        then(t(texts.mergedDone, { into: into.title[language] }), done),
      ),
    toggleWatch: () =>
      item.watched
        ? unwatching.mutate({ params }, { onSuccess: () => told(t(texts.unwatchedDone)), onError: failed })
        : watching.mutate({ params }, { onSuccess: () => told(t(texts.watchedDone)), onError: failed }),
  }
}

/** Where a decision may be taken: the contract refuses others. */
export const isOpen = (item: Finding): boolean => item.state === 'new' || item.state === 'accepted'
