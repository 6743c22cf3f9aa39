import { type Dataset, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { type Draw, type DrawnItem, type DrawnList, decide } from '../evaluation/decide.ts'
import { type Sources, withSources } from '../serving/served.ts'

/** More queries in one call delay the first without making a call much cheaper a query. */
const MOST_TOGETHER = 64

/** Beyond this, a new request is refused at once: it would wait longer than clients do. */
const MOST_WAITING = 1024

interface ListOptions {
  readonly draw: Draw
  readonly maskSeen: boolean
  /** Whether the answer says how much each domain counted, where the model can say it. */
  readonly sources?: boolean | undefined
}

/** `sources` as they were asked for, [domains]. */
export interface Entry extends DrawnItem {
  readonly sources?: Float32Array
}

export interface DecidedList extends DrawnList {
  readonly items: readonly Entry[]
}

/** Who asks. */
export interface Asker {
  /** Requests of one client wait for those of others, not the others for all of its. Default: all are one client's. */
  readonly client?: string | undefined
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
}

interface Waiting extends ListOptions {
  readonly query: Query
  readonly client: string
  /** Requests are taken in the order of their turns; those of one client have one after the other. */
  readonly turn: number
  /** To be called when it leaves the queue. */
  taken(): void
  resolve(list: DecidedList): void
  reject(error: unknown): void
}

/**
 * Answers requests that arrive together with one call of the scorer: while a call is running, requests for the same
 * domain gather, and the next call takes them all. A lone request waits for nothing but the end of the current turn of
 * the event loop. Lists equal those of single calls, since each is drawn by itself of a head of all items.
 *
 * Clients take turns (start-time fair queueing): the n-th request of one that waits stands behind the first of everybody, and
 * where too many wait, it is the one with the most that is refused.
 */
export class Batcher {
  readonly #scorer: Scorer
  readonly #dataset: Dataset
  readonly #onBatch: (size: number) => void
  readonly #sources: Sources | undefined
  /** By turn, and by arrival among equal turns. */
  #waiting: Waiting[] = []
  /** Of the request that was taken last. */
  #turn = 0
  /** The last that each client with requests waiting was given. */
  readonly #turns = new Map<string, number>()
  #running = false

  /** `onBatch` is told how many requests each call answers. */
  constructor(scorer: Scorer, dataset: Dataset, onBatch: (size: number) => void, sources?: Sources) {
    this.#scorer = scorer
    this.#sources = sources
    this.#dataset = dataset
    this.#onBatch = onBatch
  }

  /**
   * @throws TributaryError `overloaded` when too many wait already, `interrupted` when the asker's signal is aborted, which also
   * takes the request out of the queue; and whatever `decide` throws
   */
  decide(query: Query, options: ListOptions, { client = '', signal }: Asker = {}): Promise<DecidedList> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) throw hungUp()
      const turn = Math.max(this.#turn, this.#turns.get(client) ?? 0) + 1
      if (this.#waiting.length >= MOST_WAITING) this.#makeRoom(turn)
      const leave = () => {
        if (this.#remove(waiting)) reject(hungUp())
      }
      const waiting: Waiting = {
        ...options,
        query,
        client,
        turn,
        resolve,
        reject,
        taken: () => signal?.removeEventListener('abort', leave),
      }
      signal?.addEventListener('abort', leave)
      this.#turns.set(client, turn)
      this.#waiting.splice(this.#waiting.findLastIndex((other) => other.turn <= turn) + 1, 0, waiting)
      if (!this.#running) void this.#run()
    })
  }

  /** Refuses the request whose turn is the last: one that waits, or the one that has come. */
  #makeRoom(turn: number): void {
    const refusal = new TributaryError(
      'overloaded',
      `${MOST_WAITING} requests are waiting already; try again in a moment`,
    )
    const last = this.#waiting.at(-1)!
    if (last.turn <= turn) throw refusal
    this.#remove(last)
    last.reject(refusal)
  }

  /** Takes one out that will not be answered; whether it was still there. */
  #remove(waiting: Waiting): boolean {
    const place = this.#waiting.indexOf(waiting)
    if (place === -1) return false
    this.#waiting.splice(place, 1)
    waiting.taken()
    this.#turns.set(waiting.client, this.#turns.get(waiting.client)! - 1)
    return true
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      // A call of the scorer may block the event loop; a turn lets the requests that arrived meanwhile be read.
      await new Promise((resolve) => setImmediate(resolve))
      const batch = this.#takeAlike()
      // All may have left meanwhile.
      if (batch.length === 0) break
      this.#onBatch(batch.length)
      await this.#answer(batch)
    }
    this.#running = false
  }

  /** The first that waits, and those that the same call can answer. */
  #takeAlike(): Waiting[] {
    const [first] = this.#waiting
    if (first === undefined) return []
    const batch: Waiting[] = []
    const rest: Waiting[] = []
    for (const waiting of this.#waiting) {
      const alike = waiting.query.domain === first.query.domain && waiting.maskSeen === first.maskSeen
      if (alike && batch.length < MOST_TOGETHER) batch.push(waiting)
      else rest.push(waiting)
    }
    this.#waiting = rest
    for (const waiting of batch) waiting.taken()
    this.#turn = first.turn
    for (const [client, turn] of this.#turns) if (turn <= this.#turn) this.#turns.delete(client)
    return batch
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    try {
      const queries = batch.map(({ query }) => query)
      const draws = batch.map(({ draw }) => draw)
      const lists = await decide(this.#scorer, this.#dataset, queries, draws, { maskSeen: batch[0].maskSeen })
      const sourced = await this.#withSources(batch, lists)
      for (const [index, waiting] of batch.entries()) waiting.resolve(sourced[index])
    } catch (error) {
      if (batch.length === 1) batch[0].reject(error)
      // One bad query must not fail its neighbors.
      else for (const waiting of batch) await this.#answer([waiting])
    }
  }

  /** The lists, with sources for those who asked for them. */
  async #withSources(batch: readonly Waiting[], lists: readonly DrawnList[]): Promise<readonly DecidedList[]> {
    const asked = [...batch.keys()].filter((index) => batch[index].sources)
    if (this.#sources === undefined || asked.length === 0) return lists
    const queries = asked.map((index) => batch[index].query)
    const found = await withSources(
      this.#sources,
      queries,
      asked.map((index) => lists[index].items),
    )
    const sourced: DecidedList[] = [...lists]
    for (const [place, index] of asked.entries()) sourced[index] = { ...lists[index], items: found[place] }
    return sourced
  }
}

function hungUp(): TributaryError {
  return new TributaryError('interrupted', 'the client hung up before its answer was there')
}
