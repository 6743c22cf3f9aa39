import type { Dataset } from '../core/index.ts'
import type { Store, StoredEvent } from './store/store.ts'

/** What a user did, in the ids of a dataset. */
export interface Past {
  /** Item ids, oldest first, of items that the dataset knows. */
  readonly items: Int32Array
  /** Of each; absent where every one counts as liked. */
  readonly values?: Float32Array | undefined
  /** Of the last event that it has seen; absent where histories do not change. */
  readonly sequence?: number | undefined
}

/** Which part of what a user did. */
export interface PastOptions {
  /** A sequence after which nothing counts, so that an earlier answer can be made again. */
  readonly upTo?: number | undefined
  /** Of this visit alone, for policies that remember nothing else. */
  readonly session?: string | undefined
}

/** Where the histories are that requests do not bring along. */
export interface Histories {
  /** Undefined where the user is a stranger. */
  of(user: string, dataset: Dataset, options?: PastOptions): Promise<Past | undefined>
}

/** More events of a user than this are read by no model. */
export const MOST_PAST = 1000

/** Histories that a process keeps in memory, at some kilobytes each at most. */
const MOST_KEPT = 10_000

/** The log that a model was trained on: every row of a user, whatever part it was in. */
export const DATASET_HISTORIES: Histories = {
  async of(name, { users, log }) {
    const user = users.id(name)
    if (user === undefined) return undefined
    const rows = [log.userStart[user], log.userStart[user + 1]] as const
    return { items: log.item.slice(...rows), values: log.value?.slice(...rows) }
  },
}

/**
 * What the store of events has, as it is now. A user of whom it has nothing is a stranger, whatever a model has learned of him:
 * so one who was erased is forgotten at once.
 */
export function storeHistories(store: Pick<Store, 'history' | 'historySequence'>): Histories {
  // What was made of a history holds until its sequence is another one. Oldest first.
  const keptOf = new WeakMap<Dataset, Map<string, Past>>()
  return {
    async of(name, dataset, { upTo, session } = {}) {
      const now = upTo === undefined && session === undefined
      const kept = keptOf.get(dataset) ?? new Map<string, Past>()
      keptOf.set(dataset, kept)
      const before = now ? kept.get(name) : undefined
      if (before !== undefined && (await store.historySequence(name)) === before.sequence) return before
      const { events, sequence } = await store.history(name, MOST_PAST, upTo)
      if (sequence === 0) return undefined
      const items: number[] = []
      const known: StoredEvent[] = []
      for (const event of events) {
        if (session !== undefined && event.session !== session) continue
        const id = event.item === undefined ? undefined : dataset.items.id(event.item)
        if (id === undefined) continue
        items.push(id)
        known.push(event)
      }
      const past: Past = { items: Int32Array.from(items), values: valuesOf(known), sequence }
      if (!now) return past
      kept.delete(name)
      kept.set(name, past)
      const [oldest] = kept.keys()
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
      return past
    },
  }
}

/** Events that say no value count as liked: as the highest of those that do. */
function valuesOf(events: readonly StoredEvent[]): Float32Array | undefined {
  const said = events.flatMap(({ value }) => value ?? [])
  if (said.length === 0) return undefined
  const highest = said.reduce((a, b) => Math.max(a, b))
  return Float32Array.from(events, ({ value = highest }) => value)
}
