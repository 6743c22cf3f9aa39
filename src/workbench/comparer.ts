import { createHash } from 'node:crypto'
import { TributaryError } from '../core/index.ts'
import { type Program, runChild } from '../jobs/index.ts'
import type { RunSummary } from './summary.ts'

/** What somebody asks of runs that are there. */
export interface ComparisonRequest {
  /** All are held against the first; those equal but for their seed are one model. */
  readonly runs: readonly RunSummary[]
  /** Default `test`. */
  readonly part?: 'test' | 'valid' | undefined
  /** As `--candidates` has it. */
  readonly candidates?: string | undefined
  /** Beside those that are always measured. */
  readonly metrics?: readonly string[] | undefined
}

/** A comparison that was asked for here, and how it goes. */
export interface AskedComparison {
  /** The same for the same weights under the same protocol. */
  readonly id: string
  /** Ids. */
  readonly runs: readonly string[]
  /** Words of the command that says the same. */
  readonly command: readonly string[]
  readonly status: 'waiting' | 'running' | 'done' | 'failed'
  /** Why it failed, in one sentence. */
  readonly reason?: string
}

export interface ComparerOptions {
  /** What runs `tributary` here. */
  readonly command: Program
  /** What every command is given at its end, such as plug-ins. */
  readonly last?: readonly string[]
}

interface Held {
  asked: AskedComparison
  /** What `compare --json` printed. */
  results?: string
}

/** Comparisons that are kept, and the bytes of all of them together. */
const MOST_KEPT = 200
const MOST_BYTES = 32 * 2 ** 20
/** Of those that have not begun. */
const MOST_WAITING = 20

/**
 * Compares runs beside the process, by `tributary compare --runs`, one at a time. What was compared once is kept under the hashes of its
 * weights, as long as the process lives and others do not need its place.
 */
export class Comparer {
  readonly #options: ComparerOptions
  readonly #listeners = new Set<(comparison: AskedComparison) => void>()
  /** The one that was asked for last comes last. */
  readonly #held = new Map<string, Held>()
  #on: { readonly held: Held; readonly stopping: AbortController; readonly closed: Promise<void> } | undefined
  #ending = false

  constructor(options: ComparerOptions) {
    this.#options = options
  }

  /** The last one first. */
  get all(): AskedComparison[] {
    return [...this.#held.values()].map(({ asked }) => asked).reverse()
  }

  get(id: string): AskedComparison | undefined {
    return this.#held.get(id)?.asked
  }

  /** What `compare --json` printed; nothing before it is done. */
  resultsOf(id: string): string | undefined {
    return this.#held.get(id)?.results
  }

  onChange(listener: (comparison: AskedComparison) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Begins a comparison, or finds the one that is known; one that failed is tried again.
   * @throws TributaryError `overloaded` where too many wait
   */
  ask(request: ComparisonRequest): AskedComparison {
    const id = keyOf(request)
    const known = this.#held.get(id)
    if (known !== undefined && known.asked.status !== 'failed') {
      this.#held.delete(id)
      this.#held.set(id, known)
      return known.asked
    }
    const waiting = [...this.#held.values()].filter(({ asked }) => asked.status === 'waiting')
    if (waiting.length >= MOST_WAITING)
      throw new TributaryError('overloaded', `${MOST_WAITING} comparisons wait already; ask again when one has ended`)
    const runs = request.runs.map((run) => run.id)
    const held: Held = { asked: { id, runs, command: wordsOf(request), status: 'waiting' } }
    this.#held.delete(id)
    this.#held.set(id, held)
    this.#next()
    return held.asked
  }

  /** Ends one, or takes it from those that wait; whether it was on. */
  stop(id: string): boolean {
    const held = this.#held.get(id)
    if (held?.asked.status === 'waiting') this.#tell(held, { status: 'failed', reason: STOPPED })
    else if (held === undefined || this.#on?.held !== held) return false
    else this.#on.stopping.abort()
    return true
  }

  /** Ends all of them. */
  async end(): Promise<void> {
    this.#ending = true
    this.#on?.stopping.abort()
    await this.#on?.closed
  }

  #tell(held: Held, news: Partial<AskedComparison>): void {
    held.asked = { ...held.asked, ...news }
    for (const listener of this.#listeners) listener(held.asked)
  }

  #next(): void {
    if (this.#on !== undefined || this.#ending) return
    const held = [...this.#held.values()].find(({ asked }) => asked.status === 'waiting')
    if (held === undefined) return
    const { command, last = [] } = this.#options
    const stopping = new AbortController()
    const { signal } = stopping
    const words = [...held.asked.command, '--json', ...last]
    const closed = runChild(command, words, { signal, keepsPrinted: true }).then(({ code, reason, printed }) => {
      this.#on = undefined
      if (code === 0) {
        held.results = printed
        this.#tell(held, { status: 'done' })
      } else this.#tell(held, { status: 'failed', reason: signal.aborted ? STOPPED : reason })
      this.#forget()
      this.#next()
    })
    this.#on = { held, stopping, closed }
    this.#tell(held, { status: 'running' })
  }

  /** Those that were asked for longest ago, where they are too many. */
  #forget(): void {
    let bytes = 0
    for (const [place, { results = '', asked }] of [...this.#held.values()].reverse().entries()) {
      bytes += results.length
      const over = place >= MOST_KEPT || (bytes > MOST_BYTES && place > 0)
      if (over && ['done', 'failed'].includes(asked.status)) this.#held.delete(asked.id)
    }
  }
}

const STOPPED = 'it was stopped'

function keyOf({ runs, part = 'test', candidates = 'full', metrics = [] }: ComparisonRequest): string {
  const weights = runs.map(({ id, weights, changed, group, seed }) => [weights ?? [id, changed], group, seed])
  const text = JSON.stringify([weights, part, candidates, metrics])
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}

function wordsOf({ runs, part, candidates, metrics = [] }: ComparisonRequest): string[] {
  // A folder whose name begins as an option does is none.
  const paths = runs.map(({ path }) => (path.startsWith('-') ? `./${path}` : path))
  return [
    'compare',
    '--runs',
    ...paths,
    ...(part === undefined ? [] : ['--split', part]),
    ...(candidates === undefined ? [] : ['--candidates', candidates]),
    ...(metrics.length === 0 ? [] : ['--metrics', metrics.join(',')]),
  ]
}
