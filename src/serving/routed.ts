import { type Dataset, domainItems, type ItemRange, type Query, type Scorer } from '../core/index.ts'

/**
 * A scorer that gives some queries to other scorers of the same dataset; all others are the first scorer's. Where more than the
 * query's own domain is asked for, foreign items keep the first scorer's scores and the domain's own items take its scores in the
 * other's order: at each place that the first scorer gives to one of them stands the next best one. So a list over the whole
 * catalogue has as much of each domain as the first scorer means it to have.
 * @param others all that `choose` may give
 * @param choose who answers a query; undefined: the first scorer
 */
export function routed(
  dataset: Dataset,
  main: Scorer,
  others: Iterable<Scorer>,
  choose: (query: Query) => Scorer | undefined,
): Scorer {
  const all = [main, ...others]
  return {
    ...(all.every(({ scorePairs }) => scorePairs !== undefined) && {
      async scorePairs(queries: readonly Query[], items: Int32Array) {
        const scores = new Float32Array(queries.length)
        for (const { scorer, places } of groups(queries, choose)) {
          const own = places.map((place) => queries[place])
          const found = await (scorer ?? main).scorePairs!(
            own,
            Int32Array.from(places, (place) => items[place]),
          )
          for (const [row, place] of places.entries()) scores[place] = found[row]
        }
        return scores
      },
    }),
    async score(queries, range) {
      const width = range.end - range.start
      const scores = new Float32Array(queries.length * width)
      for (const { scorer, domain, places } of groups(queries, choose)) {
        const own = places.map((place) => queries[place])
        const block =
          scorer === undefined
            ? await main.score(own, range)
            : await scoreInPlace(main, scorer, own, range, domainItems(dataset, domain))
        for (const [row, place] of places.entries())
          scores.set(block.subarray(row * width, (row + 1) * width), place * width)
      }
      return scores
    },
  }
}

interface Group {
  readonly scorer: Scorer | undefined
  readonly domain: number
  /** Positions of its queries. */
  readonly places: number[]
}

/** Queries by who answers them, and by domain where it is not the first scorer, which need not know. */
function groups(queries: readonly Query[], choose: (query: Query) => Scorer | undefined): readonly Group[] {
  const found: Group[] = []
  for (const [place, query] of queries.entries()) {
    const scorer = choose(query)
    const group = found.find((one) => one.scorer === scorer && (scorer === undefined || one.domain === query.domain))
    if (group === undefined) found.push({ scorer, domain: query.domain, places: [place] })
    else group.places.push(place)
  }
  return found
}

/** Scores of queries of one domain, whose own items `other` orders. */
async function scoreInPlace(
  main: Scorer,
  other: Scorer,
  queries: readonly Query[],
  range: ItemRange,
  domain: ItemRange,
): Promise<Float32Array> {
  // The one case that serving knows. A part of the domain may be a block of a wider question, and must fit the others.
  if (range.start === domain.start && range.end === domain.end) return other.score(queries, range)
  const scores = (await main.score(queries, range)).slice()
  const start = Math.max(range.start, domain.start)
  const end = Math.min(range.end, domain.end)
  if (start >= end) return scores
  const scale = await main.score(queries, domain)
  const order = await other.score(queries, domain)
  const [width, size] = [range.end - range.start, domain.end - domain.start]
  for (let row = 0; row < queries.length; row++) {
    const own = reordered(
      scale.subarray(row * size, (row + 1) * size),
      order.subarray(row * size, (row + 1) * size),
    ).subarray(start - domain.start, end - domain.start)
    scores.set(own, row * width + start - range.start)
  }
  return scores
}

/** The values of `scale`, dealt out so that they stand in the order of `order`; what ties in `order` gets the least of its places. */
function reordered(scale: Float32Array, order: Float32Array): Float32Array {
  const n = scale.length
  const descending = scale.slice().sort().reverse()
  const places = Array.from({ length: n }, (_, i) => i).sort((a, b) => order[b] - order[a])
  const result = new Float32Array(n)
  for (let rank = n - 1; rank >= 0; rank--) {
    const item = places[rank]
    const below = places[rank + 1]
    if (Number.isNaN(order[item])) result[item] = Number.NaN
    else result[item] = below !== undefined && order[below] === order[item] ? result[below] : descending[rank]
  }
  return result
}
