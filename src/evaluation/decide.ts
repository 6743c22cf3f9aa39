import { type Dataset, domainItems, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { createRng, type Rng } from '../math/index.ts'
import { type Recommendation, recommend } from './recommend.ts'
import type { ScoringOptions } from './scoring.ts'
import { TopItems } from './top-items.ts'

/** How a list is drawn of its scores. */
export type DrawPolicy =
  /** The best first, always. */
  | { readonly kind: 'greedy' }
  /** Plackett–Luce over the best `candidates`: an item is drawn with a probability that grows with exp(score / temperature), then the next of those left. */
  | { readonly kind: 'plackett-luce'; readonly temperature: number; readonly candidates: number }
  /** Each of `slots` (ranks; all where it is not given) holds, with probability `share`, an item drawn evenly of the best `candidates`. */
  | {
      readonly kind: 'epsilon'
      readonly share: number
      readonly candidates: number
      readonly slots?: readonly number[] | undefined
    }
  /** A policy that was trained to act draws as it does in a simulator: by softmax of its scores over all items that may be recommended. */
  | { readonly kind: 'policy'; readonly acting: 'sampled' }

/** One place of a list that was drawn. */
export interface DrawnItem extends Recommendation {
  /** 1 is first. */
  readonly rank: number
  /** The probability of this item at this rank given those above it; 1 where nothing was drawn. */
  readonly propensity: number
  /** The item was drawn for the sake of exploring, not for its score. */
  readonly explored: boolean
}

/** What is drawn for one query. */
export interface Draw {
  readonly policy: DrawPolicy
  /** Everything that is drawn follows from it and from the scores. */
  readonly seed: string
  /** Length of the list; it is shorter where fewer items are left. */
  readonly k: number
  /** Places of the same draw that stand before the list, for the next page of another. Default 0. */
  readonly after?: number | undefined
}

export interface DrawnList {
  readonly items: readonly DrawnItem[]
  /** What was drawn of, best first; of a greedy list, the list with all before it. */
  readonly pool: readonly Recommendation[]
}

/**
 * The path from scores to lists that are served: `recommend` finds the best items, of which a list is drawn for each query. A list
 * is the head of every longer one of the same seed, scores and policy.
 * @param draws one a query
 * @throws TributaryError as `recommend`; `bad-argument` for a policy that cannot be drawn by; `not-finite` where infinite scores are drawn by
 */
export async function decide(
  scorer: Scorer,
  dataset: Dataset,
  queries: readonly Query[],
  draws: readonly Draw[],
  options: ScoringOptions,
): Promise<DrawnList[]> {
  if (queries.length === 0) return []
  const needs = queries.map(({ domain }, index) => needed(draws[index], dataset, domain))
  const lists = await recommend(scorer, dataset, queries, { ...options, k: Math.max(...needs) })
  return lists.map((list, index) => drawList(list.slice(0, needs[index]), draws[index]))
}

/** How many of the best items a list can be drawn of. */
function needed({ policy, k, after = 0 }: Draw, dataset: Dataset, domain: number): number {
  if (policy.kind === 'greedy') return after + k
  if (policy.kind !== 'policy') return Math.max(policy.candidates, after + k)
  const { start, end } = domainItems(dataset, domain)
  return Math.max(end - start, after + k)
}

/**
 * A list drawn of scored items.
 * @param best items in their order, best first; at least as many as the policy has candidates and the list places, where there are so many
 * @throws TributaryError `bad-argument` for a policy that cannot be drawn by; `not-finite` for infinite scores
 */
export function drawList(best: readonly Recommendation[], { policy, seed, k, after = 0 }: Draw): DrawnList {
  refuse(policy)
  const wanted = Math.min(best.length, after + k)
  const rng = createRng(0).split('decision', seed)
  const page = (items: readonly Omit<DrawnItem, 'rank'>[]) =>
    items.slice(after, wanted).map((item, index) => ({ ...item, rank: after + index + 1 }))
  switch (policy.kind) {
    case 'greedy': {
      const items = best.slice(0, wanted).map((item) => ({ ...item, propensity: 1, explored: false }))
      return { items: page(items), pool: best.slice(0, wanted) }
    }
    case 'epsilon':
      return { items: page(byEpsilon(best, policy, wanted, rng)), pool: best.slice(0, policy.candidates) }
    case 'plackett-luce':
    case 'policy': {
      const { temperature, candidates } =
        policy.kind === 'policy' ? { temperature: 1, candidates: best.length } : policy
      const pool = best.slice(0, candidates)
      const drawn = byPlackettLuce(pool, temperature, Math.min(wanted, pool.length), rng)
      // Once all candidates have been drawn there is nothing left to draw of.
      const rest = best.slice(pool.length, wanted).map((item) => ({ ...item, propensity: 1, explored: false }))
      return { items: page([...drawn, ...rest]), pool }
    }
  }
}

/**
 * Plackett–Luce without replacement: log weights with Gumbel noise, the largest first (Yellott 1977; Kool et al. 2019). Scores of −∞ come
 * last, any of them with the same probability.
 */
function byPlackettLuce(
  pool: readonly Recommendation[],
  temperature: number,
  k: number,
  rng: Rng,
): Omit<DrawnItem, 'rank'>[] {
  const possible = new TopItems(k)
  const impossible = new TopItems(k)
  const logWeights = new Float64Array(pool.length)
  for (const [place, { item, score }] of pool.entries()) {
    if (score === Number.POSITIVE_INFINITY)
      throw new TributaryError('not-finite', `item ${item} has the score ${score}; only finite ones can be drawn by`)
    logWeights[place] = score / temperature
    const noise = -Math.log(-Math.log((rng.uint32() + 0.5) / 0x1_0000_0000))
    const last = logWeights[place] === Number.NEGATIVE_INFINITY
    const [top, key] = last ? [impossible, noise] : [possible, logWeights[place] + noise]
    if (top.admits(place, key)) top.insert(place, key)
  }
  const order = [...possible.sorted(), ...impossible.sorted()].slice(0, k).map(({ item: place }) => place)
  const left = new Set(pool.keys())
  for (const place of order) left.delete(place)
  // From the last place up, so that the weights of those that are left are added and never taken off.
  const rest = new LogSum()
  for (const place of left) rest.add(logWeights[place])
  const propensities = new Float64Array(k)
  for (let rank = k - 1; rank >= 0; rank--) {
    const logWeight = logWeights[order[rank]]
    rest.add(logWeight)
    propensities[rank] = rest.shareOf(logWeight)
  }
  return order.map((place, rank) => ({ ...pool[place], propensity: propensities[rank], explored: false }))
}

/** log Σ exp(x) of what was added; so many of −∞ share evenly where there is nothing else. */
class LogSum {
  #largest = Number.NEGATIVE_INFINITY
  #sum = 0
  #impossible = 0

  add(x: number): void {
    if (x === Number.NEGATIVE_INFINITY) this.#impossible++
    else if (x <= this.#largest) this.#sum += Math.exp(x - this.#largest)
    else {
      this.#sum = this.#sum * Math.exp(this.#largest - x) + 1
      this.#largest = x
    }
  }

  /** exp(x) / Σ exp, in (0, 1]: the least number above 0 where it is too small for one. */
  shareOf(x: number): number {
    if (x === Number.NEGATIVE_INFINITY) return 1 / this.#impossible
    return Math.max(Math.exp(x - this.#largest) / this.#sum, Number.MIN_VALUE)
  }
}

function byEpsilon(
  best: readonly Recommendation[],
  { share, candidates, slots }: Extract<DrawPolicy, { kind: 'epsilon' }>,
  k: number,
  rng: Rng,
): Omit<DrawnItem, 'rank'>[] {
  const left = [...best.keys()]
  /** Those among `left` that may be explored; they stand first. */
  let open = Math.min(candidates, best.length)
  return Array.from({ length: k }, (_, index) => {
    const explores = open > 0 && (slots === undefined || slots.includes(index + 1))
    const explored = explores && rng.float() < share
    const at = explored ? rng.below(open) : 0
    const propensity = explores ? share / open + (at === 0 ? 1 - share : 0) : 1
    const [place] = left.splice(at, 1)
    if (at < open) open--
    return { ...best[place], propensity, explored }
  })
}

function refuse(policy: DrawPolicy): void {
  if (policy.kind === 'plackett-luce' && !(policy.temperature > 0 && Number.isFinite(policy.temperature)))
    throw cannot(`a temperature of ${policy.temperature}; it must be a number above 0`)
  if (policy.kind === 'epsilon' && !(policy.share >= 0 && policy.share <= 1))
    throw cannot(`a share of ${policy.share}; it must be a number from 0 to 1`)
  if ('candidates' in policy && !(Number.isInteger(policy.candidates) && policy.candidates >= 1))
    throw cannot(`${policy.candidates} candidates; it must be a whole number of at least 1`)
}

function cannot(what: string): TributaryError {
  return new TributaryError('bad-argument', `a list cannot be drawn with ${what}`)
}
