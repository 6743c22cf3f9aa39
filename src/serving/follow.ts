import type { Store } from './store/store.ts'

/** Well under the second in which every replica is to know. */
const PAUSE = 300

/** What a process has of a store in memory. */
export interface Follower {
  /** Reads what has changed; called once at first, and then after changes. */
  refresh(): Promise<void>
}

/**
 * Keeps what is in memory as the store is, whoever changes it, until the store is closed or the process ends.
 * @param followers by what they read; `assignments` may rely on the documents
 * @param onError told of failures of the store; it is asked again
 * @returns resolves when all has been read once, or the store has failed
 */
export function follow(
  store: Pick<Store, 'revisions' | 'isOpen'>,
  followers: { readonly [Of in 'documents' | 'items' | 'assignments']: readonly Follower[] },
  onError: (error: unknown) => void,
): Promise<void> {
  let known = { documents: -1, items: -1, assignments: -1 }
  let failing = false
  const turn = async () => {
    if (!store.isOpen) return
    try {
      const now = await store.revisions()
      for (const of of ['documents', 'items', 'assignments'] as const)
        if (now[of] !== known[of]) await Promise.all(followers[of].map((follower) => follower.refresh()))
      known = now
      failing = false
    } catch (error) {
      // A store that is away for a while is told of once.
      if (!failing && store.isOpen) onError(error)
      failing = true
    }
    setTimeout(() => void turn(), PAUSE).unref()
  }
  return turn()
}
