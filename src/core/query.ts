import type { ItemRange } from './dataset.ts'

/** One question: what should this user, with this history, see next in this domain? Serving and evaluation ask the same. */
export interface Query {
  /** User id of the training data; absent for a stranger, who is known by the history alone. */
  readonly user?: number
  /** Item ids, oldest first, any domain; may be empty. */
  readonly history: Int32Array
  /** What the log says of each entry of `history` (rating, reward); absent where every entry counts as positive. */
  readonly values?: Float32Array
  readonly domain: number
  /** Rank only these items; absent means every item of the range asked for. */
  readonly candidates?: Int32Array
  /** Never recommend these. */
  readonly exclude?: Int32Array
}

/** What a list is to be. */
export interface ListOptions {
  /** Its length; it is shorter where fewer items are left. */
  readonly k: number
  /** Rule out the items of the query's own history. */
  readonly maskSeen: boolean
  /** What is ranked: the items of the query's domain, which is the default, or the whole catalogue. */
  readonly scope?: 'domain' | 'all' | undefined
}

/** Whatever can order items: models, policies, controls. */
export interface Scorer {
  /**
   * Scores of the items `range.start … range.end − 1` for each query, row-major [queries, range size]; higher is better,
   * comparable within a row only. Scores of items outside the query's domain are defined, so that the whole catalogue can
   * be ranked. Must not depend on which queries share the call. The array is the caller's: nobody else reads or changes it.
   */
  score(queries: readonly Query[], range: ItemRange): Promise<Float32Array>
  /**
   * Score of `items[i]` for `queries[i]`, the same as in `score`: [queries]. For scorers that need not score a whole domain
   * to know one item's.
   */
  scorePairs?(queries: readonly Query[], items: Int32Array): Promise<Float32Array>
}

/** A scorer that computes elsewhere, and makes its lists there: it would have to send every score. */
export interface ListingScorer extends Scorer {
  /** As `recommend` makes them of its scores. */
  lists(queries: readonly Query[], options: ListOptions): Promise<{ readonly item: number; readonly score: number }[][]>
}

export function makesLists(scorer: Scorer): scorer is ListingScorer {
  return 'lists' in scorer
}

/** Scores of a scorer that asks of each pair by itself. */
export function scoringPairs(
  scoreOf: (query: Query, item: number) => number,
): Required<Pick<Scorer, 'score' | 'scorePairs'>> {
  return {
    async score(queries, { start, end }) {
      const width = end - start
      return Float32Array.from({ length: queries.length * width }, (_, i) =>
        scoreOf(queries[Math.floor(i / width)], start + (i % width)),
      )
    },
    async scorePairs(queries, items) {
      return Float32Array.from(queries, (query, i) => scoreOf(query, items[i]))
    },
  }
}
