import type { Assortment } from '../../serving/assortment.ts'
import { Buckets } from './buckets.ts'
import { Coverage, type ShownItem } from './coverage.ts'
import { Ring } from './ring.ts'

const SECOND = 1000
const MINUTE = 60_000
/** Windows up to this are told by the second, longer ones by the minute. */
export const MOST_BY_SECOND = 5
/** A day is kept. */
export const MOST_MINUTES = 1440
/** Names of services come from outside; those beyond are counted together. */
const MOST_SERVICES = 100
const OTHERS = '(others)'

/** Milliseconds that a list took: right to 5 %. */
const LATENCY = new Buckets(0.1, 100_000, 1.1)
/** Milliseconds from an event to its receipt: right to 12 %. */
const LAG = new Buckets(1, 30 * 24 * 3_600_000, 1.25)

const REQUESTS = 0
const REFUSED = 1
const FAILED = 2
const GONE = 3
const LATENCIES = 4
const LAGS = LATENCIES + LATENCY.size
const OWN = LAGS + LAG.size

/** Of each service, in this order. */
export const COUNTED = [
  'lists',
  'items',
  'short',
  'filled',
  'fallback',
  'newUsers',
  'strangers',
  'failures',
  'events',
] as const
type Counted = (typeof COUNTED)[number]
const PLACE = Object.fromEntries(COUNTED.map((name, place) => [name, place])) as Readonly<Record<Counted, number>>

/** A list that was returned. */
export interface ReturnedList {
  readonly model: string
  readonly domain: string
  readonly known: string
  /** What was asked for, of which fewer may have come. */
  readonly k: number
  readonly items: readonly (ShownItem & { readonly filled?: boolean })[]
  readonly assortment: Assortment
  /** Another run answered, since the model harms there, or for who is new there. */
  readonly instead: { readonly fallback?: string; readonly newUsers?: string }
  /** The model failed, and the list was filled up all the same. */
  readonly failed: boolean
  /** Whether ids are those of `assortment`; else items are looked up by their names. */
  readonly ownIds: boolean
}

/** Counts by time: of each step of it, one number. */
export interface Series {
  readonly name: string
  readonly lists: number[]
  readonly events: number[]
}

/** What was counted in a window of time. */
export interface TrafficReading {
  /** When it was read, and when counting began; milliseconds since 1970. */
  readonly at: number
  readonly since: number
  /** Milliseconds that a place of the series is of; the last one is not over yet. */
  readonly step: number
  /** Seconds that were counted: fewer than were asked for where the server is younger. */
  readonly seconds: number
  /** When each step begins. */
  readonly times: readonly number[]
  /** Requests for lists and of events, by step. */
  readonly requests: readonly number[]
  readonly refused: readonly number[]
  readonly failed: readonly number[]
  readonly gone: readonly number[]
  /** Milliseconds of lists, by step; undefined where there was none. */
  readonly latency: readonly Quantiles[]
  readonly all: {
    readonly requests: number
    readonly refused: number
    readonly failed: number
    readonly gone: number
    readonly latency: Quantiles
    readonly lag: Quantiles
  }
  readonly services: readonly (Series & { readonly total: Readonly<Record<Counted, number>> })[]
}

export interface Quantiles {
  readonly n: number
  readonly p50: number | undefined
  readonly p95: number | undefined
  readonly p99: number | undefined
}

/** What happens in this process, for whoever looks: the last minutes by the second, the last day by the minute. Counting takes no memory by the request. */
export class Traffic {
  readonly coverage = new Coverage()
  readonly since: number
  readonly #now: () => number
  readonly #services = new Map<string, number>()
  /** By model: how many lists since the start. */
  readonly #models = new Map<string, number>()
  readonly #rings: readonly Ring[]
  #width = OWN

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now
    this.since = now()
    this.#rings = [new Ring(SECOND, MOST_BY_SECOND * 60 + 1, OWN), new Ring(MINUTE, MOST_MINUTES + 1, OWN)]
  }

  /** A request for a list, or one that told of events, was answered. */
  answered(status: number, milliseconds: number, isList: boolean): void {
    const at = this.#now()
    const kind = status === 499 ? GONE : status >= 500 ? FAILED : status >= 400 ? REFUSED : undefined
    const bucket = isList && status < 400 ? LATENCIES + LATENCY.of(milliseconds) : undefined
    for (const ring of this.#rings) {
      const row = ring.row(at)
      ring.counts[row + REQUESTS]++
      if (kind !== undefined) ring.counts[row + kind]++
      if (bucket !== undefined) ring.counts[row + bucket]++
    }
  }

  list({ model, domain, known, k, items, assortment, instead, failed, ownIds }: ReturnedList): void {
    const at = this.#now()
    const column = this.#column(domain)
    let filled = 0
    for (const item of items) if (item.filled) filled++
    for (const ring of this.#rings) {
      const { counts } = ring
      const start = ring.row(at) + column
      counts[start + PLACE.lists]++
      counts[start + PLACE.items] += items.length
      counts[start + PLACE.filled] += filled
      if (items.length < k) counts[start + PLACE.short]++
      if (instead.fallback !== undefined) counts[start + PLACE.fallback]++
      if (instead.newUsers !== undefined) counts[start + PLACE.newUsers]++
      if (known === 'nowhere') counts[start + PLACE.strangers]++
      if (failed) counts[start + PLACE.failures]++
    }
    this.#models.set(model, (this.#models.get(model) ?? 0) + 1)
    this.coverage.shown(model, assortment, items, ownIds, at)
  }

  /**
   * An event that was accepted.
   * @param happened when, milliseconds since 1970; undefined where nobody said
   */
  event(domain: string, happened: number | undefined): void {
    const at = this.#now()
    const column = this.#column(domain)
    const bucket = happened === undefined ? undefined : LAGS + LAG.of(at - happened)
    for (const ring of this.#rings) {
      const row = ring.row(at)
      ring.counts[row + column + PLACE.events]++
      if (bucket !== undefined) ring.counts[row + bucket]++
    }
  }

  listsOf(model: string): number {
    return this.#models.get(model) ?? 0
  }

  /** @param minutes up to `MOST_MINUTES`; up to `MOST_BY_SECOND` it is told by the second */
  read(minutes: number): TrafficReading {
    const ring = this.#rings[minutes <= MOST_BY_SECOND ? 0 : 1]
    const { step } = ring
    const at = this.#now()
    const last = Math.floor(at / step) * step
    const first = Math.max(Math.floor(this.since / step) * step, last - minutes * MINUTE)
    const times = Array.from({ length: (last - first) / step + 1 }, (_, i) => first + i * step)
    const rows = times.map((time) => ring.found(time))
    const { counts } = ring
    const series = (column: number) => rows.map((row) => (row === -1 ? 0 : counts[row + column]))
    const spread = (buckets: Buckets, column: number, of: readonly number[]) => {
      const sums = new Float64Array(buckets.size)
      for (const row of of)
        if (row !== -1)
          for (let bucket = 0; bucket < buckets.size; bucket++) sums[bucket] += counts[row + column + bucket]
      return quantilesOf(buckets, sums)
    }
    const [requests, refused, failed, gone] = [REQUESTS, REFUSED, FAILED, GONE].map(series)
    return {
      ...{ at, since: this.since, step, times, requests, refused, failed, gone },
      seconds: Math.max(1, (at - Math.max(first, this.since)) / SECOND),
      latency: rows.map((row) => spread(LATENCY, LATENCIES, [row])),
      all: {
        ...{ requests: total(requests), refused: total(refused), failed: total(failed), gone: total(gone) },
        latency: spread(LATENCY, LATENCIES, rows),
        lag: spread(LAG, LAGS, rows),
      },
      services: [...this.#services].map(([name, column]) => ({
        name,
        lists: series(column + PLACE.lists),
        events: series(column + PLACE.events),
        total: Object.fromEntries(
          COUNTED.map((counted) => [counted, total(series(column + PLACE[counted]))]),
        ) as Record<Counted, number>,
      })),
    }
  }

  /** What was counted in the second that a time is in. */
  second(time: number) {
    const [ring] = this.#rings
    const row = ring.found(time)
    const { counts } = ring
    const of = (column: number) => (row === -1 ? 0 : counts[row + column])
    const own = row === -1 ? new Uint32Array(LATENCY.size) : counts.subarray(row + LATENCIES, row + LAGS)
    return {
      at: Math.floor(time / SECOND) * SECOND,
      ...{ requests: of(REQUESTS), refused: of(REFUSED), failed: of(FAILED), gone: of(GONE) },
      latency: quantilesOf(LATENCY, own),
      services: [...this.#services].map(([name, column]) => ({
        name,
        lists: of(column + PLACE.lists),
        events: of(column + PLACE.events),
      })),
    }
  }

  /** Where the columns of a service begin in a row. */
  #column(name: string): number {
    const known = this.#services.get(name)
    if (known !== undefined) return known
    if (this.#services.size >= MOST_SERVICES && name !== OTHERS) return this.#column(OTHERS)
    const column = this.#width
    this.#width += COUNTED.length
    for (const ring of this.#rings) ring.widen(this.#width)
    this.#services.set(name, column)
    return column
  }
}

function quantilesOf(buckets: Buckets, counts: ArrayLike<number>): Quantiles {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => buckets.quantile(counts, share))
  return { n: total(counts), p50, p95, p99 }
}

function total(counts: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < counts.length; i++) sum += counts[i]
  return sum
}
