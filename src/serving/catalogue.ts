import type { Dataset } from '../core/index.ts'
import { Assortment } from './assortment.ts'
import { ContentLikeness } from './content.ts'
import type { ItemChange, Store } from './store/store.ts'

/** The items of a catalogue in the ids of one dataset. */
export interface Shelf {
  readonly assortment: Assortment
  readonly content: ContentLikeness
}

const CHANGES_A_READ = 5000

/**
 * The items of a store in memory. It follows the store: what any process has put there is here after the next `refresh`. A
 * server without a store has an empty one, and its items are those of the dataset.
 */
export class Catalogue {
  readonly #store: Pick<Store, 'itemChanges'> | undefined
  readonly #changes = new Map<string, ItemChange>()
  /** One for each dataset that a served model was trained on, for as long as the dataset is there. */
  readonly #shelves = new WeakMap<Dataset, Shelf>()
  readonly #datasets = new Set<WeakRef<Dataset>>()
  #revision = 0
  #reading: Promise<void> = Promise.resolve()

  /** Empty until its first `refresh`. */
  constructor(store?: Pick<Store, 'itemChanges'>) {
    this.#store = store
  }

  /** Of the last change that is here. */
  get revision(): number {
    return this.#revision
  }

  /**
   * Reads what has changed since; resolves when all that the store had when it was called is here.
   * @throws TributaryError `store-failed`; the items then stay as they were
   */
  refresh(): Promise<void> {
    // One after the other, so that changes are applied in their order.
    const reading = this.#reading.then(() => this.#read())
    this.#reading = reading.catch(() => {})
    return reading
  }

  of(dataset: Dataset): Shelf {
    const before = this.#shelves.get(dataset)
    if (before !== undefined) return before
    const assortment = new Assortment(dataset)
    for (const change of this.#changes.values()) assortment.apply(change)
    const shelf = { assortment, content: new ContentLikeness(assortment) }
    this.#shelves.set(dataset, shelf)
    this.#datasets.add(new WeakRef(dataset))
    return shelf
  }

  async #read(): Promise<void> {
    if (this.#store === undefined) return
    for (;;) {
      const changes = await this.#store.itemChanges(this.#revision, CHANGES_A_READ)
      for (const change of changes) {
        // Also what was removed: a model that is loaded later may know it.
        this.#changes.set(change.item.item, change)
        for (const { assortment } of this.#all()) assortment.apply(change)
        this.#revision = change.revision
      }
      if (changes.length < CHANGES_A_READ) return
    }
  }

  *#all(): Generator<Shelf> {
    for (const reference of this.#datasets) {
      const dataset = reference.deref()
      const shelf = dataset && this.#shelves.get(dataset)
      if (shelf === undefined) this.#datasets.delete(reference)
      else yield shelf
    }
  }
}
