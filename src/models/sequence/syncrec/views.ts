import { type Dataset, domainOfItem, type Tensor } from '../../../core/index.ts'
import type { Histories, SequenceBatch } from '../../../data/index.ts'
import { itemDomainFeeds } from '../../../families/sequence/index.ts'
import { causalMask } from '../../../nn/index.ts'

/** ⟨SOS⟩ of the mixed sequence, among item ids. */
const START = -1
/** ⟨SOS⟩ of the sequence of domain d is FIRST_START − d. */
const FIRST_START = -2
const isStart = (item: number) => item < 0

/** A history as the cross-domain branch reads it, with its start. */
export function fromStart(history: Int32Array, domain?: number): Int32Array {
  return Int32Array.of(domain === undefined ? START : FIRST_START - domain, ...history)
}

/**
 * The mixed sequences with their start (Definition 1), whose target is the first item: [SOS, x1, …, x(n−1)] → [x1, …, xn], of which the
 * last `maxLength` stay. The first targets have no negative yet.
 */
export function startedBatch(batch: SequenceBatch, maxLength: number): SequenceBatch {
  const { size } = batch
  const length = Math.min(maxLength, batch.length + 1)
  const [items, targets] = [new Int32Array(size * length), new Int32Array(size * length)]
  for (let b = 0; b < size; b++) {
    const row = (ids: Int32Array) => ids.subarray(b * batch.length, (b + 1) * batch.length)
    const own = row(batch.items).filter((item) => item !== 0)
    const end = (b + 1) * length
    items.set(own, end - own.length)
    targets.set(row(batch.targets).subarray(batch.length - own.length), end - own.length)
    if (own.length === 0 || own.length === length) continue
    items[end - own.length - 1] = START
    targets[end - own.length - 1] = own[0]
  }
  return { ...batch, length, items, targets }
}

/** What the cross-domain branch reads: items, where sequences start, who sees whom, and each item's domain. */
export function crossFeeds(histories: Histories, dataset: Dataset): Record<string, Tensor> {
  const { size, length, items } = histories
  return {
    ids: { shape: [size, length], data: items.map((item) => Math.max(0, item)) },
    starts: { shape: [size, length, 1], data: Uint8Array.from(items, (item) => (isStart(item) ? 1 : 0)) },
    causal: { shape: [length, length], data: causalMask(length) },
    ...itemDomainFeeds(histories, dataset),
  }
}

/** How the single-domain sequences are cut out of a user's events. */
export interface Cutting {
  /** T, how much of each stays. */
  readonly maxLength: number
  /** Whether each begins with ⟨SOS⟩ of its domain. */
  readonly start: boolean
  /** What row b of the batch leaves out of its user's training events, which stood before it; default nothing is known of it. */
  readonly earlier?: (b: number) => Int32Array
}

/**
 * The single-domain sequences of a batch, those of a user in one row of S places: first their starts, then the events in the order of the
 * mixed sequence. Places are b · S + s.
 */
export interface SingleViews {
  /** S. */
  readonly length: number
  /** [B·S], items; starts below 0; padding 0. */
  readonly items: Int32Array
  /** [B·S], the next item of the same domain (the last target included), 0 where there is none. */
  readonly targets: Int32Array
  /** [B·S], the place of that target in the mixed sequences, −1 where it is none of their targets. */
  readonly mixed: Int32Array
  readonly feeds: Record<string, Tensor>
}

/** One place of a row. */
interface Place {
  readonly item: number
  readonly domain: number
  target: number
  mixed: number
}

export function singleViews(
  batch: Histories & Partial<Pick<SequenceBatch, 'targets'>>,
  dataset: Dataset,
  cutting: Cutting,
  /** Columns for the items of one user and domain; default as many as the batch needs. */
  columns?: number,
): SingleViews {
  const { size } = batch
  const D = dataset.domains.length
  const rows = Array.from({ length: size }, (_, b) => placesOf(batch, b, dataset, cutting))
  const length = Math.max(batch.length, ...rows.map((row) => row.length))
  const places = size * length

  const [items, targets] = [new Int32Array(places), new Int32Array(places)]
  const mixed = new Int32Array(places).fill(-1)
  const domainOf = new Int32Array(places).fill(-1)
  /** Places of the same domain after each. */
  const after = new Int32Array(places)
  const members = Array.from({ length: D }, (): number[] => [])
  let longest = columns ?? 1
  for (const [b, row] of rows.entries()) {
    const count = new Int32Array(D)
    for (const [back, place] of row.toReversed().entries()) {
      const at = (b + 1) * length - 1 - back
      items[at] = place.item
      targets[at] = place.target
      mixed[at] = place.mixed
      domainOf[at] = place.domain
      after[at] = count[place.domain]++
      longest = Math.max(longest, after[at] + 1)
    }
  }

  const domains = new Uint8Array(places * D)
  const place = new Uint8Array(places * longest)
  const compact = new Int32Array(D * size * longest).fill(-1)
  const compactInverse = new Int32Array(places).fill(-1)
  for (let at = 0; at < places; at++) {
    const d = domainOf[at]
    if (d < 0) continue
    members[d].push(at)
    domains[at * D + d] = 1
    place[at * longest + longest - 1 - after[at]] = 1
    const row = (d * size + Math.floor(at / length)) * longest + longest - 1 - after[at]
    compact[row] = at
    compactInverse[at] = row
  }
  const feeds: Record<string, Tensor> = {
    singleIds: { shape: [size, length], data: items.map((item) => Math.max(0, item)) },
    singleStarts: { shape: [size, length, 1], data: Uint8Array.from(items, (item) => (isStart(item) ? 1 : 0)) },
    singleCausal: { shape: [length, length], data: causalMask(length) },
    singleDomains: { shape: [size, length, D], data: domains },
    place: { shape: [size, length, longest], data: place },
    compact: { shape: [compact.length], data: compact },
    compactInverse: { shape: [places], data: compactInverse },
  }
  for (const [d, own] of members.entries()) {
    const inverse = new Int32Array(places).fill(-1)
    for (const [row, at] of own.entries()) inverse[at] = row
    feeds[`member${d}`] = { shape: [own.length], data: Int32Array.from(own) }
    feeds[`memberInverse${d}`] = { shape: [places], data: inverse }
  }
  return { length, items, targets, mixed, feeds }
}

/** The places of one row's single-domain sequences, each cut to its last T. */
function placesOf(
  { length, items, targets }: Histories & Partial<Pick<SequenceBatch, 'targets'>>,
  b: number,
  dataset: Dataset,
  { maxLength, start, earlier }: Cutting,
): readonly Place[] {
  const window = [...items.subarray(b * length, (b + 1) * length).entries()].filter(([, item]) => item !== 0)
  const before = earlier?.(b) ?? new Int32Array()
  // What came before a window that is cut is unknown: nothing is known to begin in it.
  const begins = start && (earlier !== undefined || window.length < maxLength || isStart(window[0][1]))
  const starts: Place[] = []
  const events: Place[] = []
  const last = new Map<number, Place>()
  const follow = (target: number, mixed: number) => {
    const domain = domainOfItem(dataset, target)
    let source = last.get(domain)
    if (source === undefined) {
      // Without an earlier event of its domain the target belongs to the cross-domain task alone.
      if (!begins) return
      source = { item: FIRST_START - domain, domain, target: 0, mixed: -1 }
      starts.push(source)
      last.set(domain, source)
    }
    source.target = target
    source.mixed = mixed
  }
  const enter = (item: number) => {
    const place = {
      item,
      domain: isStart(item) ? FIRST_START - item : domainOfItem(dataset, item),
      target: 0,
      mixed: -1,
    }
    events.push(place)
    last.set(place.domain, place)
  }
  for (const item of before) {
    follow(item, -1)
    enter(item)
  }
  for (const [i, [t, item]] of window.entries()) {
    // The first event of a window is no target of it.
    if (i === 0 && item > 0 && (before.length > 0 || begins) && targets !== undefined) follow(item, -1)
    if (item !== START) enter(item)
    const target = targets?.[b * length + t] ?? 0
    if (target !== 0) follow(target, b * length + t)
  }
  const all = [...starts, ...events]
  const left = new Map<number, number>()
  for (const { domain } of all) left.set(domain, (left.get(domain) ?? 0) + 1)
  return all.filter(({ domain }) => {
    const n = left.get(domain) ?? 0
    left.set(domain, n - 1)
    return n <= maxLength
  })
}
