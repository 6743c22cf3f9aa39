import { domainItems } from '../../core/index.ts'
import type { Assortment } from '../../serving/assortment.ts'

const MINUTE = 60_000

/** How many of the items that may be recommended were. */
export interface Covered {
  readonly count: number
  readonly of: number
}

/** An item of a list. */
export interface ShownItem {
  /** Of the assortment of the model, where the list is of one model. */
  readonly id: number
  readonly item: string
}

/** When each item of a model was last in a list, by the minute: four bytes an item. */
export class Coverage {
  /** By model; of a model with other items under the same name nothing is kept. */
  readonly #models = new Map<string, { readonly assortment: Assortment; minutes: Uint32Array }>()

  /** @param ownIds whether ids are of this assortment; else items are looked up by their names */
  shown(model: string, assortment: Assortment, items: readonly ShownItem[], ownIds: boolean, at: number): void {
    let seen = this.#models.get(model)
    if (seen?.assortment !== assortment) {
      seen = { assortment, minutes: new Uint32Array(assortment.size) }
      this.#models.set(model, seen)
    }
    const minute = Math.floor(at / MINUTE)
    for (const { id: given, item } of items) {
      const id = ownIds ? given : (assortment.id(item) ?? 0)
      if (id >= seen.minutes.length) {
        const longer = new Uint32Array(Math.ceil(assortment.size * 1.1) + 1)
        longer.set(seen.minutes)
        seen.minutes = longer
      }
      seen.minutes[id] = minute
    }
  }

  /** By domain: the items that may be recommended now, and those of them that were in a list since. */
  of(model: string, since: number, now: number): ReadonlyMap<string, Covered> {
    const seen = this.#models.get(model)
    if (seen === undefined) return new Map()
    const { assortment, minutes } = seen
    const { dataset } = assortment
    const from = Math.floor(since / MINUTE)
    const isCovered = (id: number) => minutes[id] >= from && assortment.isAvailable(id, now)
    return new Map(
      dataset.domains.map((domain, place) => {
        const { start, end } = domainItems(dataset, place)
        const { candidates, exclude, fresh } = assortment.select(domain, [], now)
        const known = candidates?.length ?? end - start - (exclude?.length ?? 0)
        let count = 0
        for (let id = start; id < end; id++) if (isCovered(id)) count++
        for (const id of fresh) if (isCovered(id)) count++
        return [domain, { count, of: known + fresh.length }]
      }),
    )
  }

  /** Forgets models that are gone. */
  keep(models: readonly string[]): void {
    for (const model of this.#models.keys()) if (!models.includes(model)) this.#models.delete(model)
  }
}
