import { type Dataset, domainItems, domainOfItem, type Query, type Scorer } from '../../core/index.ts'
import { rowProducts } from '../../math/index.ts'
import type { Feeds } from '../../nn/index.ts'
import type { Factors } from './factors.ts'
import type { BridgeTarget } from './target.ts'

/** Pairs that go through a network at a time. */
const MOST_PAIRS = 8192

/** How the items of a domain are answered for queries. */
interface Answers {
  /** Vectors of queries that are answered by a product, [queries, n]; 0 for the others. */
  readonly vectors: Float64Array
  /** Of the others: the place of each query among `states`, −1 for those that a product answers. */
  readonly places: Int32Array
  readonly states: Feeds
}

/**
 * Ratings of any item. In a target, users who are known in a source are answered by the network, and those with training rows there by their
 * own vector where `warm` says so. In other domains, and without a source, the user's own vector answers, which is 0 for strangers.
 */
export function bridgeScorer(
  dataset: Dataset,
  factors: Factors,
  targets: ReadonlyMap<number, BridgeTarget>,
  warm: 'own' | 'bridge',
): Required<Scorer> {
  const { width } = factors
  const answersIn = async (domain: number, queries: readonly Query[]): Promise<Answers> => {
    const target = targets.get(domain)
    const vectors = new Float64Array(queries.length * width)
    const places = new Int32Array(queries.length).fill(-1)
    const own = (query: Query) => (query.user === undefined ? undefined : factors.userVector(domain, query.user))
    const bridged: number[] = []
    for (const [q, query] of queries.entries()) {
      const trained = own(query)
      const answer = trained !== undefined && (warm === 'own' || target === undefined) ? trained : undefined
      if (answer !== undefined) vectors.set(answer, q * width)
      else if (target?.personOf(query).vectors.some((vector) => vector !== undefined)) bridged.push(q)
      else vectors.set(trained ?? factors.fitted(domain, query) ?? [], q * width)
    }
    if (target === undefined || bridged.length === 0) return { vectors, places, states: {} }
    const states = await target.states(bridged.map((q) => target.personOf(queries[q])))
    if (target.network.predict === undefined) {
      const found = states.vector.data as Float32Array
      for (const [b, q] of bridged.entries()) vectors.set(found.subarray(b * width, (b + 1) * width), q * width)
    } else for (const [b, q] of bridged.entries()) places[q] = b
    return { vectors, places, states }
  }
  /** Ratings of pairs that a network answers, without what items add by themselves. */
  const throughNetwork = async (target: BridgeTarget, states: Feeds, places: Int32Array, items: Int32Array) => {
    const ratings = new Float32Array(places.length)
    for (let from = 0; from < places.length; from += MOST_PAIRS) {
      const part = <A extends Int32Array>(array: A) => array.subarray(from, from + MOST_PAIRS) as A
      const { rating } = await target.pairs(states, part(places), part(items))
      ratings.set(rating.data as Float32Array, from)
    }
    return ratings
  }
  return {
    async score(queries, range) {
      const R = range.end - range.start
      const scores = new Float32Array(queries.length * R)
      for (const domain of dataset.domains.keys()) {
        const own = domainItems(dataset, domain)
        const start = Math.max(range.start, own.start)
        const end = Math.min(range.end, own.end)
        if (start >= end || queries.length === 0) continue
        const { vectors, places, states } = await answersIn(domain, queries)
        const items = Int32Array.from({ length: end - start }, (_, i) => start + i)
        const products = new Float64Array(queries.length * items.length)
        rowProducts(vectors, itemMatrix(factors, items), width, products)
        const bases = Float64Array.from(items, factors.base)
        for (let q = 0; q < queries.length; q++) {
          const at = q * R + start - range.start
          if (places[q] === -1)
            for (let i = 0; i < items.length; i++) scores[at + i] = bases[i] + products[q * items.length + i]
          else {
            const target = targets.get(domain)!
            const found = await throughNetwork(target, states, new Int32Array(items.length).fill(places[q]), items)
            for (let i = 0; i < items.length; i++) scores[at + i] = bases[i] + found[i]
          }
        }
      }
      return scores
    },
    async scorePairs(queries, items) {
      const scores = new Float32Array(queries.length)
      const ofDomain = Int32Array.from(items, (item) => domainOfItem(dataset, item))
      for (const domain of new Set(ofDomain)) {
        const asked = Int32Array.from(ofDomain.keys()).filter((i) => ofDomain[i] === domain)
        const { vectors, places, states } = await answersIn(
          domain,
          Array.from(asked, (i) => queries[i]),
        )
        const matrix = itemMatrix(
          factors,
          asked.map((i) => items[i]),
        )
        for (const [a, i] of asked.entries()) {
          let sum = 0
          for (let f = 0; f < width; f++) sum += vectors[a * width + f] * matrix[a * width + f]
          scores[i] = factors.base(items[i]) + sum
        }
        const through = Int32Array.from(asked.keys()).filter((a) => places[a] !== -1)
        const target = targets.get(domain)
        if (target === undefined || through.length === 0) continue
        const found = await throughNetwork(
          target,
          states,
          through.map((a) => places[a]),
          through.map((a) => items[asked[a]]),
        )
        for (const [k, a] of through.entries()) scores[asked[a]] = factors.base(items[asked[a]]) + found[k]
      }
      return scores
    },
  }
}

function itemMatrix({ width, itemVector }: Factors, items: Int32Array): Float64Array {
  const row = new Float32Array(width)
  const matrix = new Float64Array(items.length * width)
  for (const [i, item] of items.entries()) {
    itemVector(item, row, 0)
    matrix.set(row, i * width)
  }
  return matrix
}
