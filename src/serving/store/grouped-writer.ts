import { TributaryError } from '../../core/index.ts'
import type { Change } from './changes.ts'
import type { Database, Value } from './database.ts'
import type { AppendOutcome } from './store.ts'

/** Rows that one commit takes at most; who comes later waits for the next. */
const MOST_ROWS = 2_000
/** Decisions that wait for a store that fails; beyond, the oldest are given up. */
const MOST_DECISIONS = 20_000
/** Milliseconds until decisions are tried again that a store has refused. */
const PATIENCE = 1_000

/** Of `decisions`, and of `assignments`. */
interface LaterRows {
  readonly decision: readonly Value[]
  readonly assignment?: readonly Value[] | undefined
}

interface Waiting {
  readonly change: Change
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: while one transaction is on its way to the disk, whatever comes waits, and the next one takes it all. A lone change waits for
 * nothing, and a slow disk gathers larger groups by itself.
 */
export class GroupedWriter {
  readonly #database: Database
  #waiting: Waiting[] = []
  #decisions: LaterRows[] = []
  #lost = 0
  #running: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #failure: unknown
  #closed = false

  constructor(database: Database) {
    this.#database = database
  }

  /** Decisions that are not written yet. */
  get waiting(): number {
    return this.#decisions.length
  }

  /** Decisions that were given up since the store could not take them. */
  get lost(): number {
    return this.#lost
  }

  append(rows: readonly (readonly Value[])[], timed: readonly boolean[]): Promise<AppendOutcome> {
    return this.write({ kind: 'appendEvents', rows, timed }) as Promise<AppendOutcome>
  }

  write(change: Change): Promise<unknown> {
    if (this.#closed) return Promise.reject(new TributaryError('store-failed', 'the store is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject })
      this.#start()
    })
  }

  /** A decision that nobody waits for. */
  later(rows: LaterRows): void {
    if (this.#closed) return
    this.#decisions.push(rows)
    if (this.#decisions.length > MOST_DECISIONS) {
      this.#lost += this.#decisions.length - MOST_DECISIONS
      this.#decisions = this.#decisions.slice(-MOST_DECISIONS)
    }
    if (this.#retry === undefined) this.#start()
  }

  async flush(): Promise<void> {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#failure = undefined
    this.#start()
    while (this.#running !== undefined) await this.#running
    if (this.#failure !== undefined) throw this.#failure
  }

  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      this.#closed = true
      clearTimeout(this.#retry)
    }
  }

  #start(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    // Whatever is asked in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0 || (this.#decisions.length > 0 && this.#retry === undefined)) await this.#commit()
    // In the same breath as the last look at who waits, or somebody could come between.
    this.#running = undefined
  }

  async #commit(): Promise<void> {
    const group = this.#nextGroup()
    const decisions = this.#retry === undefined ? this.#decisions.splice(0, MOST_ROWS) : []
    const runs = runsOf(group)
    try {
      const results = await this.#database.write([
        ...runs.map(joined),
        ...(decisions.length > 0 ? [putDecisions(decisions)] : []),
      ])
      for (const [i, run] of runs.entries()) answer(run, results[i])
    } catch (error) {
      for (const { reject } of group) reject(error)
      if (decisions.length === 0) return
      this.#failure = error
      this.#decisions.unshift(...decisions)
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        this.#start()
      }, PATIENCE)
      this.#retry.unref()
    }
  }

  /** As many of those who wait as one commit takes, in their order. */
  #nextGroup(): Waiting[] {
    let rows = 0
    let taken = 0
    for (const { change } of this.#waiting) {
      rows += 'rows' in change ? change.rows.length : 1
      if (taken > 0 && rows > MOST_ROWS) break
      taken++
    }
    return this.#waiting.splice(0, taken)
  }
}

function putDecisions(decisions: readonly LaterRows[]): Change {
  return {
    kind: 'putDecisions',
    rows: decisions.map(({ decision }) => decision),
    assigned: decisions.flatMap(({ assignment }) => (assignment === undefined ? [] : [assignment])),
  }
}

/** Appends that follow one another go as one. */
function runsOf(group: readonly Waiting[]): Waiting[][] {
  const runs: Waiting[][] = []
  for (const one of group) {
    const run = runs.at(-1)
    if (one.change.kind === 'appendEvents' && run?.[0].change.kind === 'appendEvents') run.push(one)
    else runs.push([one])
  }
  return runs
}

function joined(run: readonly Waiting[]): Change {
  if (run.length === 1) return run[0].change
  const appends = run.map(({ change }) => change).filter((change) => change.kind === 'appendEvents')
  return {
    kind: 'appendEvents',
    rows: appends.flatMap(({ rows }) => rows),
    timed: appends.flatMap(({ timed }) => timed),
  }
}

function answer(run: readonly Waiting[], result: unknown): void {
  let from = 0
  for (const { change, resolve } of run) {
    if (change.kind !== 'appendEvents') resolve(result)
    else {
      const { outcomes, sequence } = result as AppendOutcome
      resolve({ outcomes: outcomes.slice(from, from + change.rows.length), sequence })
      from += change.rows.length
    }
  }
}
