import type { Dataset } from '../core/index.ts'
import { Assortment } from './assortment.ts'
import type { ItemChange, Store } from './store/store.ts'

const CHANGES_A_READ = 5000

/**
 * The items of a store in memory. It follows the store: what any process has put there is here after the next `refresh`. A
 * server without a store has an empty one, and its items are those of the dataset.
 */
export class Catalogue {
  readonly #store: Pick<Store, 'itemChanges'> | undefined
  readonly #changes = new Map<string, ItemChange>()
  /** One for each dataset that a served model was trained on; gone with the model. */
  readonly #assortments = new Map<Dataset, Assortment>()
  #revision = 0
  #reading: Promise<void> = Promise.resolve()

  private constructor(store?: Pick<Store, 'itemChanges'>) {
    this.#store = store
  }

  /** @throws TributaryError `store-failed` */
  static async open(store?: Pick<Store, 'itemChanges'>): Promise<Catalogue> {
    const catalogue = new Catalogue(store)
    await catalogue.refresh()
    return catalogue
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

  /** The items in the ids of a dataset. */
  of(dataset: Dataset): Assortment {
    let assortment = this.#assortments.get(dataset)
    if (assortment === undefined) {
      assortment = new Assortment(dataset)
      for (const change of this.#changes.values()) assortment.apply(change)
      this.#assortments.set(dataset, assortment)
    }
    return assortment
  }

  /** To be called when no served model is of the dataset any more. */
  forget(dataset: Dataset): void {
    this.#assortments.delete(dataset)
  }

  async #read(): Promise<void> {
    if (this.#store === undefined) return
    for (;;) {
      const changes = await this.#store.itemChanges(this.#revision, CHANGES_A_READ)
      for (const change of changes) {
        // Also what was removed: a model that is loaded later may know it.
        this.#changes.set(change.item.item, change)
        for (const assortment of this.#assortments.values()) assortment.apply(change)
        this.#revision = change.revision
      }
      if (changes.length < CHANGES_A_READ) return
    }
  }
}
