import type { Dataset, HistoryEncoder, Model, Query, Scorer } from '../../core/index.ts'
import type { Histories } from '../../data/index.ts'
import type { EmbeddingTable, Parameters } from '../../nn/index.ts'
import { gather, input, matmul, type Program, type Programs, reshape, runWith, slice } from '../../tensor/index.ts'
import { ASKED_DOMAINS, untilAsked } from './asked.ts'
import { anyLength, feedsOf, historyInputs, type SequenceEncoder } from './encoder.ts'
import { KeptStates } from './kept-states.ts'
import type { SequenceConfig } from './options.ts'

/** Queries encoded in one run. */
const CHUNK = 256

/** What answers: an encoder over its weights. */
export interface HistoryScorer {
  readonly encoder: SequenceEncoder
  readonly parameters: Parameters
  readonly table: EmbeddingTable
  /** T at most: of longer histories the most recent items count. */
  readonly maxLength: number
  readonly programs: Programs
  readonly dataset: Pick<Dataset, 'domainStart'>
  readonly ask: SequenceConfig['ask']
  /** The weights stay as they are from the first question on: the state of a history is kept until others are asked for more lately. */
  readonly serving?: boolean | undefined
}

/** The last state of the history of each query, [queries, d]. */
export type HistoryStates = (queries: readonly Query[]) => Promise<Float32Array>

/** Scores items by the product of their embeddings with the last state of each history; declares the weights of the encoder. */
export function encodeHistories(scorer: HistoryScorer): Scorer['score'] {
  return scoreStates(scorer, historyStates(scorer))
}

/** Scores items by the product of their embeddings with states. */
export function scoreStates(
  { table, programs }: Pick<HistoryScorer, 'table' | 'programs'>,
  statesOf: HistoryStates,
): Scorer['score'] {
  const products = matmul(input('states', ['B', table.width]), input('block', ['R', table.width]), { transposeB: true })
  return async (queries, { start, end }) => {
    if (queries.length === 0) return new Float32Array(0)
    const states = await statesOf(queries)
    const product = await programs.compile({ products }, 'products')
    const found = await product.run({
      states: { shape: [queries.length, table.width], data: states },
      block: table.range(start, end),
    })
    return found.products.data as Float32Array
  }
}

/** Declares the weights of the encoder. */
export function historyStates(scorer: HistoryScorer): HistoryStates {
  const { encoder, parameters, table, maxLength, programs, dataset, ask } = scorer
  const { question = [], graphs = anyLength } = encoder
  // The last state of each history, and its products with a range of items: two programs, so that a long catalogue can be scored in
  // pieces without encoding the histories again.
  const graphAt = graphs((T) => {
    const states = encoder.encode(historyInputs(table, T, 0)) // [B, Q, d]
    const last = gather(reshape(states, [-1, table.width]), input('last', ['B'], 'int32')) // [B, d]
    let program: Promise<Program> | undefined
    return { Q: states.shape[1], program: () => (program ??= programs.compile({ last })) }
  })
  graphAt(1)

  const kept = scorer.serving ? new KeptStates(table.width) : undefined

  /** Writes the state of each history to its row of `states`. */
  const encodeAll = async (histories: readonly Int32Array[], domains: Int32Array, states: Float32Array) => {
    for (const { places, ...padded } of paddedHistories(histories, maxLength)) {
      const { size, length } = padded
      const { Q, program } = graphAt(length)
      const encode = await program()
      const asked = Int32Array.from(places, (place) => domains[place])
      const statesEach = typeof Q === 'number' ? Q : length
      const last = Int32Array.from({ length: size }, (_, b) => (b + 1) * statesEach - 1)
      // Scoring reads less of the weights where a model has parts that only train.
      const encoded = await runWith(encode, {
        [table.name]: table.tensor,
        ...Object.fromEntries(parameters.tensors),
        ...feedsOf(encoder, { ...padded, asked }),
        last: { shape: [size], data: last },
      })
      const rows = encoded.last.data as Float32Array
      for (const [b, place] of places.entries())
        states.set(rows.subarray(b * table.width, (b + 1) * table.width), place * table.width)
    }
  }

  /** The same, but for those whose states are kept. */
  const encodeNew = async (histories: readonly Int32Array[], domains: Int32Array, states: Float32Array) => {
    if (kept === undefined) return encodeAll(histories, domains, states)
    const { width } = table
    const keys = histories.map((history, place) =>
      KeptStates.key(history.subarray(Math.max(0, history.length - maxLength)), domains[place]),
    )
    const unknown: number[] = []
    for (const [place, key] of keys.entries()) {
      const state = kept.get(key)
      if (state === undefined) unknown.push(place)
      else states.set(state, place * width)
    }
    if (unknown.length === 0) return
    const fresh = new Float32Array(unknown.length * width)
    await encodeAll(
      unknown.map((place) => histories[place]),
      Int32Array.from(unknown, (place) => domains[place]),
      fresh,
    )
    for (const [row, place] of unknown.entries()) {
      const state = fresh.slice(row * width, (row + 1) * width)
      kept.put(keys[place], state)
      states.set(state, place * width)
    }
  }

  return async (queries) => {
    const histories = queries.map((query) => {
      const history = ask === 'domain' ? untilAsked(query, dataset) : query.history
      return question.length === 0 ? history : Int32Array.of(...history, ...question)
    })
    const states = new Float32Array(queries.length * table.width)
    await encodeNew(
      histories,
      Int32Array.from(queries, ({ domain }) => domain),
      states,
    )
    return states
  }
}

/** The same states as data. Declares the weights of the encoder. */
export function historyEncoder(
  {
    encoder,
    table,
    parameters,
    weights,
  }: Pick<HistoryScorer, 'encoder' | 'table' | 'parameters'> & Pick<Model, 'weights'>,
  {
    maxLength,
    ask,
    histories = 'mixed',
  }: Pick<SequenceConfig, 'maxLength' | 'ask'> & Partial<Pick<SequenceConfig, 'histories'>>,
): HistoryEncoder {
  const states = encoder.encode(historyInputs(table, maxLength, 0)) // [B, Q, d]
  const Q = states.shape[1] as number
  return {
    state: reshape(slice(states, 1, Q - 1, Q), ['B', table.width]),
    weights: new Map([...weights(), ...parameters.tensors]),
    length: maxLength,
    question: encoder.question ?? [],
    reads: ask === 'domain' ? 'until' : histories === 'own' ? 'own' : 'all',
    offset: 0,
    feeds: (read) => feedsOf(encoder, read),
    ...(ask === 'learned' && { asked: ASKED_DOMAINS }),
  }
}

/** Histories that are read in one run, and their places among all. */
export interface PaddedHistories extends Histories {
  readonly places: readonly number[]
}

/**
 * The most recent items of histories, padded on the left, so many in a run as `atOnce` says of a length. The length is a power of two, or
 * the most: padding changes the last bits of a score, so it must not depend on which queries share the call.
 */
export function* paddedHistories(
  histories: readonly Int32Array[],
  maxLength: number,
  atOnce: (length: number) => number = () => CHUNK,
): Generator<PaddedHistories> {
  const groups = new Map<number, number[]>()
  for (const [place, history] of histories.entries()) {
    let length = 1
    while (length < history.length) length *= 2
    length = Math.min(length, maxLength)
    const places = groups.get(length)
    if (places === undefined) groups.set(length, [place])
    else places.push(place)
  }
  for (const [length, all] of groups)
    for (let from = 0; from < all.length; from += atOnce(length)) {
      const places = all.slice(from, from + atOnce(length))
      const items = new Int32Array(places.length * length)
      for (const [b, place] of places.entries()) {
        const recent = histories[place].subarray(Math.max(0, histories[place].length - length))
        items.set(recent, (b + 1) * length - recent.length)
      }
      yield { places, size: places.length, length, items }
    }
}
