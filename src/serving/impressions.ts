import type { Decision } from './decision.ts'
import { DAY } from './span.ts'
import type { Store, StoredEvent } from './store/store.ts'

/** That a list was seen: the whole of it, or some of its items. */
export interface Impression {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of its items. */
  readonly shown: readonly string[]
}

const PAGE = 1000

/**
 * When the user of a list told that it was seen, and which of its items. An answer that was never seen tells nothing about its items.
 * @throws TributaryError `store-failed`
 */
export async function impressionsOf(store: Pick<Store, 'events'>, { id, user, at }: Decision): Promise<Impression[]> {
  // Whoever is nobody tells nothing.
  if (user === undefined) return []
  const found: Impression[] = []
  let after: string | undefined
  do {
    // The clock of a phone may be behind.
    const page = await store.events({ user, since: at - DAY, after, limit: PAGE })
    for (const event of page.rows) if (isOf(event, id)) found.push({ at: event.timestamp, shown: shownBy(event) })
    after = page.next
  } while (after !== undefined)
  return found
}

function isOf({ type, recommendation }: StoredEvent, id: string): boolean {
  return type === 'impression' && recommendation === id
}

function shownBy({ shown, item }: StoredEvent): readonly string[] {
  return shown ?? (item === undefined ? [] : [item])
}
