import { type Dataset, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { type Recommendation, recommend } from '../recommend.ts'

/** More queries in one call delay the first without making a call much cheaper a query. */
const MOST_TOGETHER = 64

/** Beyond this, a new request is refused at once: it would wait longer than clients do. */
const MOST_WAITING = 1024

interface Waiting {
  readonly query: Query
  readonly k: number
  readonly maskSeen: boolean
  resolve(list: Recommendation[]): void
  reject(error: unknown): void
}

/**
 * Answers requests that arrive together with one call of the scorer: while a call is running, requests for the same
 * domain gather, and the next call takes them all. A lone request waits for nothing but the end of the current turn of
 * the event loop. Lists equal those of single calls, since a list of k is the head of every longer one.
 */
export class Batcher {
  readonly #scorer: Scorer
  readonly #dataset: Dataset
  readonly #onBatch: (size: number) => void
  #waiting: Waiting[] = []
  #running = false

  /** `onBatch` is told how many requests each call answers. */
  constructor(scorer: Scorer, dataset: Dataset, onBatch: (size: number) => void) {
    this.#scorer = scorer
    this.#dataset = dataset
    this.#onBatch = onBatch
  }

  /** @throws TributaryError `overloaded` when too many wait already, and whatever `recommend` throws */
  recommend(query: Query, options: { readonly k: number; readonly maskSeen: boolean }): Promise<Recommendation[]> {
    if (this.#waiting.length >= MOST_WAITING)
      throw new TributaryError('overloaded', `${MOST_WAITING} requests are waiting already; try again in a moment`)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ query, ...options, resolve, reject })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      // A call of the scorer may block the event loop; a turn lets the requests that arrived meanwhile be read.
      await new Promise((resolve) => setImmediate(resolve))
      const batch = this.#takeAlike()
      this.#onBatch(batch.length)
      await this.#answer(batch)
    }
    this.#running = false
  }

  /** The first that waits, and those that the same call can answer. */
  #takeAlike(): Waiting[] {
    const first = this.#waiting[0]!
    const batch: Waiting[] = []
    const rest: Waiting[] = []
    for (const waiting of this.#waiting) {
      const alike = waiting.query.domain === first.query.domain && waiting.maskSeen === first.maskSeen
      if (alike && batch.length < MOST_TOGETHER) batch.push(waiting)
      else rest.push(waiting)
    }
    this.#waiting = rest
    return batch
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    try {
      const queries = batch.map(({ query }) => query)
      const k = Math.max(...batch.map((waiting) => waiting.k))
      const options = { k, maskSeen: batch[0]!.maskSeen }
      const lists = await recommend(this.#scorer, this.#dataset, queries, options)
      for (const [index, waiting] of batch.entries()) waiting.resolve(lists[index]!.slice(0, waiting.k))
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error)
      // One bad query must not fail its neighbors.
      else for (const waiting of batch) await this.#answer([waiting])
    }
  }
}
