import type { Assortment } from '../../serving/assortment.ts'

const MINUTE = 60_000

/** How many of the items that may be recommended were. */
export interface Covered {
  readonly count: number
  readonly of: number
}

/** When each item of a model was last in a list, by the minute: four bytes an item. */
export class Coverage {
  /** By model; of a model with other items under the same name nothing is kept. */
  readonly #models = new Map<string, { readonly assortment: Assortment; minutes: Uint32Array }>()

  shown(model: string, assortment: Assortment, items: Iterable<number>, at: number): void {
    let seen = this.#models.get(model)
    if (seen?.assortment !== assortment) {
      seen = { assortment, minutes: new Uint32Array(assortment.size) }
      this.#models.set(model, seen)
    }
    const minute = Math.floor(at / MINUTE)
    for (const item of items) {
      if (item >= seen.minutes.length) {
        const longer = new Uint32Array(Math.ceil(assortment.size * 1.1) + 1)
        longer.set(seen.minutes)
        seen.minutes = longer
      }
      seen.minutes[item] = minute
    }
  }

  /** By domain: the items that may be recommended now, and those of them that were in a list since. */
  of(model: string, since: number, now: number): ReadonlyMap<string, Covered> {
    const seen = this.#models.get(model)
    const found = new Map<string, { count: number; of: number }>()
    if (seen === undefined) return found
    const { assortment, minutes } = seen
    const from = Math.floor(since / MINUTE)
    // Item 0 is none.
    for (let id = 1; id < assortment.size; id++) {
      if (!assortment.isAvailable(id, now)) continue
      const domain = assortment.domainOf(id)
      const covered = found.get(domain) ?? { count: 0, of: 0 }
      covered.of++
      if (id < minutes.length && minutes[id] >= from) covered.count++
      found.set(domain, covered)
    }
    return found
  }

  /** Forgets models that are gone. */
  keep(models: readonly string[]): void {
    for (const model of this.#models.keys()) if (!models.includes(model)) this.#models.delete(model)
  }
}
