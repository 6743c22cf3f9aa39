import { type Dataset, domainOfItem, type Tensor } from '../../core/index.ts'
import type { Histories } from '../../data/index.ts'
import { causalMask } from '../../nn/index.ts'
import { cast, concat, constant, expand, gather, input, reshape, type Sym, takeRows } from '../../tensor/index.ts'
import { type EncoderInputs, itemDomainFeeds } from './encoder.ts'

// A mixed history, read domain by domain. A model of several domains is asked for states: each stands at a place of a mixed history and
// is to be followed by an item of one domain. In training that is the domain of the next item, in scoring every domain in turn.

/** The events of one domain, side by side: only histories that have some. */
export interface DomainView {
  /** Item embeddings [R, L, d], padded on the left; zero rows at padding. */
  readonly rows: Sym
  /** 1 at events, 0 at padding, [R, L]. */
  readonly keep: Sym
  /** [L, L], `causalMask`. */
  readonly causal: Sym
}

/** The states that a graph is asked for, each at a place of the mixed histories. */
export interface AskedStates {
  /** Places b · T + t of the mixed histories, int32 [A]. */
  readonly place: Sym
  /** Where the last event of the asked domain stands among all views, int32 [A]; 0 where there is none. */
  readonly own: Sym
  /** d · B · T + place for the asked domain d, int32 [A]: where its state stands among states [D, B, T] of every domain. */
  readonly cell: Sym
  /** 1 at the asked domain, [A, D]. */
  readonly domains: Sym
}

/** What an encoder of several domains reads. */
export interface DomainInputs extends EncoderInputs {
  /** D views. */
  readonly views: readonly DomainView[]
  readonly asked: AskedStates
  /** 1 at the domain of each item, [B, T, D]; zero at padding. */
  readonly domains: Sym
  /** Every item vector, [V, d]; for encoders that `readCatalogue`. */
  readonly catalogue: Sym
}

/** The places of states, b · T + t, and the domain of what follows them. */
export interface Asked {
  readonly place: Int32Array
  readonly domain: Int32Array
}

/** The views of the rows of a batch; fed by `domainViewFeeds`. `rows` may be other vectors of the same events. */
export function domainViews(rows: Sym, domains: number): DomainView[] {
  const width = rows.shape[2] as number
  const flat = reshape(rows, [-1, width]) // [B·T, d]
  return Array.from({ length: domains }, (_, d) => {
    const [R, L] = [`R${d}`, `L${d}`]
    const index = input(`view${d}`, [`${R}*${L}`], 'int32')
    const inverse = input(`viewInverse${d}`, [flat.shape[0]], 'int32')
    return {
      rows: reshape(takeRows(flat, index, inverse), [R, L, width]),
      keep: cast(input(`viewKeep${d}`, [R, L], 'uint8'), 'float32'),
      causal: input(`viewCausal${d}`, [L, L]),
    }
  })
}

/** What is asked for; fed by `domainViewFeeds`. */
export function askedStates(domains: number): AskedStates {
  return {
    place: input('askedPlace', ['A'], 'int32'),
    own: input('askedOwn', ['A'], 'int32'),
    cell: input('askedCell', ['A'], 'int32'),
    domains: cast(input('askedDomains', ['A', domains], 'uint8'), 'float32'),
  }
}

/**
 * The state that each asked domain was left in: that of its last event, zero where it was never visited.
 * @param states of every view, D × [R, L, d]
 * @returns [A, d]
 */
export function lastOfAsked(states: readonly Sym[], { own }: AskedStates): Sym {
  return gather(afterNone(states), own)
}

/**
 * The state that every domain was left in at every place: that of its last event, zero before the first.
 * @param states of every view, D × [R, L, d]
 * @returns [D, B, T, d]
 */
export function lastOfEvery(states: readonly Sym[], keep: Sym): Sym {
  const width = states[0].shape[2] as number
  const last = input('everyLast', [`${states.length}*B*${keep.shape[1]}`], 'int32')
  return reshape(gather(afterNone(states), last), [states.length, ...keep.shape, width])
}

/** The rows of all views below one row of zeros. */
function afterNone(states: readonly Sym[]): Sym {
  const width = states[0].shape[2] as number
  const none = expand(constant(0), [1, width])
  return concat([none, ...states.map((view) => reshape(view, [-1, width]))], 0)
}

/**
 * Feeds of `domainViews`, `askedStates` and the domains of items.
 * @param columns L of every view; default as many as the batch needs. A score must not depend on whose histories share the call.
 * @returns the feeds, and the extents that they bind, by name
 */
export function domainViewFeeds(
  histories: Histories,
  asked: Asked,
  dataset: Dataset,
  columns?: number,
): { readonly feeds: Record<string, Tensor>; readonly extents: Readonly<Record<string, number>> } {
  const { size, length, items } = histories
  const D = dataset.domains.length
  const places = size * length
  const domainOf = Int32Array.from(items, (item) => (item === 0 ? -1 : domainOfItem(dataset, item)))
  const feeds = itemDomainFeeds(histories, dataset)
  const extents: Record<string, number> = { B: size, T: length, A: asked.place.length }
  const own = new Int32Array(asked.place.length)
  const every = new Int32Array(D * places)
  let offset = 1
  for (let d = 0; d < D; d++) {
    const { index, inverse, last, R, L } = viewOfDomain(domainOf, size, length, d, columns)
    Object.assign(extents, { [`R${d}`]: R, [`L${d}`]: L })
    feeds[`view${d}`] = { shape: [R * L], data: index }
    feeds[`viewInverse${d}`] = { shape: [places], data: inverse }
    feeds[`viewKeep${d}`] = { shape: [R, L], data: Uint8Array.from(index, (at) => (at < 0 ? 0 : 1)) }
    feeds[`viewCausal${d}`] = { shape: [L, L], data: causalMask(L) }
    for (let at = 0; at < places; at++) if (last[at] >= 0) every[d * places + at] = offset + last[at]
    for (const [i, place] of asked.place.entries()) if (asked.domain[i] === d) own[i] = every[d * places + place]
    offset += R * L
  }
  const oneHot = new Uint8Array(asked.domain.length * D)
  for (const [i, d] of asked.domain.entries()) oneHot[i * D + d] = 1
  feeds.askedPlace = { shape: [own.length], data: asked.place }
  feeds.everyLast = { shape: [every.length], data: every }
  feeds.askedOwn = { shape: [own.length], data: own }
  feeds.askedCell = { shape: [own.length], data: asked.place.map((place, i) => asked.domain[i] * places + place) }
  feeds.askedDomains = { shape: [own.length, D], data: oneHot }
  return { feeds, extents }
}

/** One domain's events of a batch: which place each cell of [R, L] holds, and the cell of the last event at or before each place. */
function viewOfDomain(domainOf: Int32Array, size: number, length: number, d: number, columns: number | undefined) {
  const visitors: number[] = []
  let L = columns ?? 1
  for (let b = 0; b < size; b++) {
    let events = 0
    for (let at = b * length; at < (b + 1) * length; at++) if (domainOf[at] === d) events++
    if (events > 0) visitors.push(b)
    L = Math.max(L, events)
  }
  // No axis may be empty: without a visitor there is one row of padding.
  const R = Math.max(1, visitors.length)
  const index = new Int32Array(R * L).fill(-1)
  const inverse = new Int32Array(domainOf.length).fill(-1)
  const last = new Int32Array(domainOf.length).fill(-1)
  for (const [r, b] of visitors.entries()) {
    let cell = (r + 1) * L - 1
    for (let at = (b + 1) * length - 1; at >= b * length; at--) {
      if (domainOf[at] !== d) continue
      index[cell] = at
      inverse[at] = cell--
    }
    for (let at = b * length; at < (b + 1) * length; at++)
      last[at] = domainOf[at] === d ? inverse[at] : at > b * length ? last[at - 1] : -1
  }
  return { index, inverse, last, R, L }
}
