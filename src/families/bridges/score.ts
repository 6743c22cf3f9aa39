import { type Dataset, domainItems, domainOfItem, type Query, type Scorer } from '../../core/index.ts'
import { rowProducts } from '../../math/index.ts'
import type { Feeds } from '../../nn/index.ts'
import type { Factors } from './factors.ts'
import type { People, Person } from './people.ts'
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
  /** What a query's user adds to every rating. */
  readonly offsets: Float64Array
}

/**
 * Ratings of any item. In a target, users who are known in a source are answered by the network, and those with training rows there by their
 * own vector where `warm` says so. In other domains, and without a source, the user's own vector answers, which is 0 for strangers.
 */
export function bridgeScorer(
  dataset: Dataset,
  factors: Factors,
  targets: ReadonlyMap<number, BridgeTarget>,
  { people, warm }: { readonly people: People; readonly warm: 'own' | 'bridge' },
): Required<Scorer> {
  const { width } = factors
  const everywhere = [...dataset.domains.keys()]
  const answersIn = async (domain: number, queries: readonly Query[]): Promise<Answers> => {
    const target = targets.get(domain)
    const vectors = new Float64Array(queries.length * width)
    const places = new Int32Array(queries.length).fill(-1)
    const bridged: number[] = []
    const bridgedPeople: Person[] = []
    const offsets = new Float64Array(queries.length)
    for (const [q, query] of queries.entries()) {
      const trained = query.user === undefined ? undefined : factors.trained(domain, query.user)
      const person = trained !== undefined && warm === 'own' ? undefined : target?.personOf(query)
      if (person === undefined || person.there.every((there) => there === undefined)) {
        const own = trained ?? factors.fitted(domain, query)
        if (own !== undefined) vectors.set(factors.answer(own.vector), q * width)
        if (factors.offsets === 'shared') offsets[q] = people(query, everywhere).offset
      } else {
        bridged.push(q)
        bridgedPeople.push(person)
        offsets[q] = person.offset
      }
    }
    if (target === undefined || bridged.length === 0) return { vectors, places, states: {}, offsets }
    const states = await target.states(bridgedPeople)
    if (target.network.predict === undefined) {
      const found = states.vector.data as Float32Array
      for (const [b, q] of bridged.entries()) vectors.set(found.subarray(b * width, (b + 1) * width), q * width)
    } else for (const [b, q] of bridged.entries()) places[q] = b
    return { vectors, places, states, offsets }
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
        const { vectors, places, states, offsets } = await answersIn(domain, queries)
        const items = Int32Array.from({ length: end - start }, (_, i) => start + i)
        const products = new Float64Array(queries.length * items.length)
        const matrix = new Float64Array(items.length * width)
        factors.itemVectors(items, matrix)
        rowProducts(vectors, matrix, width, products)
        const bases = Float64Array.from(items, factors.base)
        for (let q = 0; q < queries.length; q++) {
          const at = q * R + start - range.start
          if (places[q] === -1)
            for (let i = 0; i < items.length; i++)
              scores[at + i] = bases[i] + offsets[q] + products[q * items.length + i]
          else {
            const target = targets.get(domain)!
            const found = await throughNetwork(target, states, new Int32Array(items.length).fill(places[q]), items)
            for (let i = 0; i < items.length; i++) scores[at + i] = bases[i] + offsets[q] + found[i]
          }
        }
      }
      return scores
    },
    async scorePairs(queries, items) {
      const scores = Float32Array.from(items, factors.base)
      const item = new Float32Array(width)
      const domainOf = Int32Array.from(items, (of) => domainOfItem(dataset, of))
      for (const domain of new Set(domainOf)) {
        const asked = Int32Array.from(domainOf.keys()).filter((i) => domainOf[i] === domain)
        // Cases of one user are often one query.
        const different = [...new Set(Array.from(asked, (i) => queries[i]))]
        const indexOf = new Map(different.map((query, q) => [query, q]))
        const { vectors, places, states, offsets } = await answersIn(domain, different)
        const through: number[] = []
        for (const i of asked) {
          const q = indexOf.get(queries[i])!
          if (places[q] === -1) {
            factors.itemVectors([items[i]], item)
            let sum = 0
            for (let f = 0; f < width; f++) sum += vectors[q * width + f] * item[f]
            scores[i] = factors.base(items[i]) + offsets[q] + sum
          } else through.push(i)
        }
        const target = targets.get(domain)
        if (target === undefined || through.length === 0) continue
        const people = Int32Array.from(through, (i) => places[indexOf.get(queries[i])!])
        const found = await throughNetwork(
          target,
          states,
          people,
          Int32Array.from(through, (i) => items[i]),
        )
        for (const [k, i] of through.entries())
          scores[i] = factors.base(items[i]) + offsets[indexOf.get(queries[i])!] + found[k]
      }
      return scores
    },
  }
}
