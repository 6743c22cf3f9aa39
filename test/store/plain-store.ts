import { isDeepStrictEqual } from 'node:util'
import type { Appended, NewEvent } from '../../src/serving/store/store.ts'

/** Events in a list: what a store does, as simply as it can be said. */
export class PlainStore {
  #events: NewEvent[] = []
  readonly #merges = new Map<string, string>()
  /** Users who were merged into, and so have something to erase. */
  readonly #kept = new Set<string>()

  append(events: readonly NewEvent[]): Appended[] {
    return events.map((told) => {
      const event = { ...told, user: this.#named(told.user) }
      const standing = this.#events.find(({ id }) => id === event.id)
      if (standing !== undefined) return isDeepStrictEqual(standing, event) ? 'duplicate' : 'conflict'
      this.#events.push(event)
      return 'accepted'
    })
  }

  merge(from: string, into: string): void {
    const [old, now] = [this.#named(from), this.#named(into)]
    if (old === now) return
    for (const [name, target] of this.#merges) if (target === old) this.#merges.set(name, now)
    this.#merges.set(old, now)
    this.#kept.delete(old)
    this.#kept.add(now)
    this.#events = this.#events.map((event) => (event.user === old ? { ...event, user: now } : event))
  }

  erase(told: string): boolean {
    const user = this.#named(told)
    const there = this.#kept.has(user) || this.#events.some((event) => event.user === user)
    this.#events = this.#events.filter((event) => event.user !== user)
    for (const [name, target] of this.#merges) if (target === user) this.#merges.delete(name)
    this.#kept.delete(user)
    return there
  }

  history(user: string, limit: number): NewEvent[] {
    return this.#events
      .filter((event) => event.user === this.#named(user) && event.item !== undefined && event.type !== 'impression')
      .sort((a, b) => (a.timestamp as number) - (b.timestamp as number))
      .slice(-limit)
  }

  #named(user: string): string {
    return this.#merges.get(user) ?? user
  }
}
