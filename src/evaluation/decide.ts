import { type Dataset, domainItems, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { createRng, mix } from '../math/index.ts'
import { type Recommendation, recommend } from './recommend.ts'
import type { ScoringOptions } from './scoring.ts'

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
  /** Everything that is drawn follows from it, from the items and from their scores. */
  readonly seed: string
  /** Length of the list; it is shorter where fewer items are left. */
  readonly k: number
  /** Items of the same draw that stand above the list, on earlier pages. Default none. */
  readonly above?: readonly number[] | undefined
}

export interface DrawnList {
  readonly items: readonly DrawnItem[]
  /** What was drawn of, best first, with what stands above; where nothing is drawn, the list with what stands above. */
  readonly pool: readonly Recommendation[]
}

/**
 * The path from scores to lists that are served: `recommend` finds the best items, of which a list is drawn for each query. A list
 * is the head of every longer one of the same seed, scores and policy, to the bit.
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
function needed({ policy, k, above = [] }: Draw, dataset: Dataset, domain: number): number {
  const places = above.length + k
  if (policy.kind === 'greedy') return places
  if (policy.kind !== 'policy') return Math.max(policy.candidates, places)
  const { start, end } = domainItems(dataset, domain)
  return Math.max(end - start, places)
}

type Place = Omit<DrawnItem, 'rank'>

/**
 * A list drawn of scored items. What is drawn belongs to the item, so that a draw goes on with whoever is left when an item goes.
 * @param best items in their order, best first; at least as many as the policy has candidates and the list places, where there are so many
 * @throws TributaryError `bad-argument` for a policy that cannot be drawn by; `not-finite` for infinite scores
 */
export function drawList(best: readonly Recommendation[], { policy, seed, k, above = [] }: Draw): DrawnList {
  refuseDrawPolicy(policy)
  const candidates =
    policy.kind === 'greedy' ? above.length + k : policy.kind === 'policy' ? best.length : policy.candidates
  const pool = best.slice(0, candidates)
  const placed = new Set(above)
  const open = pool.filter(({ item }) => !placed.has(item))
  const rest = best.slice(candidates).filter(({ item }) => !placed.has(item))
  const places =
    policy.kind === 'greedy'
      ? open.map(undrawn)
      : policy.kind === 'epsilon'
        ? byEpsilon(open, rest, policy, above.length, k, noiseOf(seed))
        : // Once all candidates have been drawn there is nothing left to draw of.
          [
            ...byPlackettLuce(open, policy.kind === 'policy' ? 1 : policy.temperature, noiseOf(seed)),
            ...rest.map(undrawn),
          ]
  return { items: places.slice(0, k).map((place, index) => ({ ...place, rank: above.length + index + 1 })), pool }
}

function undrawn(one: Recommendation): Place {
  return { ...one, propensity: 1, explored: false }
}

/**
 * How probable a policy makes each item of a pool at a place, given which of them stand above: what a draw of it follows, in closed form. Sums
 * to 1 as long as one is left. Scores of −∞ are drawn where nothing else is left, any of them with the same probability.
 * @param pool what is drawn of, best first, as `drawList` gives it
 * @param rank of the place, 1 is first
 * @param placed places in the pool of those that stand above
 * @returns [pool]
 */
export function placeProbabilities(
  pool: readonly Pick<Recommendation, 'score'>[],
  policy: DrawPolicy,
  rank: number,
  placed: ReadonlySet<number>,
): Float64Array {
  const probabilities = new Float64Array(pool.length)
  let [best, left] = [-1, 0]
  for (let at = pool.length - 1; at >= 0; at--) {
    if (placed.has(at)) continue
    best = at
    left++
  }
  if (best === -1) return probabilities
  if (policy.kind === 'greedy') probabilities[best] = 1
  else if (policy.kind === 'epsilon') {
    const explores = policy.slots === undefined || policy.slots.includes(rank)
    const share = explores ? policy.share : 0
    for (let at = best; at < pool.length; at++) if (!placed.has(at)) probabilities[at] = share / left
    probabilities[best] += 1 - share
  } else {
    const temperature = policy.kind === 'policy' ? 1 : policy.temperature
    const highest = pool[best].score
    let sum = 0
    for (let at = best; at < pool.length; at++) {
      if (placed.has(at)) continue
      const { score } = pool[at]
      probabilities[at] = score === highest ? 1 : Math.exp((score - highest) / temperature)
      sum += probabilities[at]
    }
    for (let at = best; at < pool.length; at++) probabilities[at] /= sum
  }
  return probabilities
}

interface Noise {
  /** Uniform over (0, 1), of an item. */
  ofItem(item: number): number
  ofRank(rank: number): number
}

function noiseOf(seed: string): Noise {
  const rng = createRng(0).split('decision', seed)
  const [first, second, third, fourth] = Int32Array.from({ length: 4 }, () => rng.uint32())
  const unit = (hash: number) => ((hash >>> 0) + 0.5) / 0x1_0000_0000
  return {
    ofItem: (item) => unit(mix(mix(first, item), second)),
    ofRank: (rank) => unit(mix(mix(third, rank), fourth)),
  }
}

/**
 * Plackett–Luce without replacement: log weights with Gumbel noise, the largest first (Yellott 1977; Kool et al. 2019). Scores of −∞ come
 * last, any of them with the same probability. All of the pool is put in order, so that no probability depends on the length of a list.
 */
function byPlackettLuce(pool: readonly Recommendation[], temperature: number, noise: Noise): Place[] {
  const drawn = pool.map(({ item, score }) => {
    if (score === Number.POSITIVE_INFINITY)
      throw new TributaryError('not-finite', `item ${item} has the score ${score}; only finite ones can be drawn by`)
    const logWeight = score / temperature
    const gumbel = -Math.log(-Math.log(noise.ofItem(item)))
    return { item, score, logWeight, gumbel, key: logWeight + gumbel }
  })
  drawn.sort((a, b) => (a.key === b.key ? b.gumbel - a.gumbel || a.item - b.item : b.key - a.key))
  // From the last place up, so that the weights of those that are left are added and never taken off.
  const left = new LogSum()
  const places: Place[] = new Array(drawn.length)
  for (let rank = drawn.length - 1; rank >= 0; rank--) {
    const { item, score, logWeight } = drawn[rank]
    left.add(logWeight)
    places[rank] = { item, score, propensity: left.shareOf(logWeight), explored: false }
  }
  return places
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

/** @param open candidates in their order; @param rest items after them */
function byEpsilon(
  open: readonly Recommendation[],
  rest: readonly Recommendation[],
  { share, slots }: Extract<DrawPolicy, { kind: 'epsilon' }>,
  above: number,
  k: number,
  noise: Noise,
): Place[] {
  const left = [...open]
  // Whoever was explored before had the most noise, which tells nothing of the order of those that are left.
  const byNoise = [...open].sort((a, b) => noise.ofItem(b.item) - noise.ofItem(a.item) || a.item - b.item)
  const places: Place[] = []
  while (places.length < k && left.length > 0) {
    const rank = above + places.length + 1
    const explores = slots === undefined || slots.includes(rank)
    const explored = explores && noise.ofRank(rank) < share
    const taken = explored ? byNoise[0] : left[0]
    const best = taken === left[0]
    const propensity = explores ? share / left.length + (best ? 1 - share : 0) : 1
    left.splice(left.indexOf(taken), 1)
    byNoise.splice(byNoise.indexOf(taken), 1)
    places.push({ ...taken, propensity, explored })
  }
  return [...places, ...rest.map(undrawn)]
}

/** @throws TributaryError `bad-argument` for a policy that cannot be drawn by */
export function refuseDrawPolicy(policy: DrawPolicy): void {
  if (policy.kind === 'plackett-luce' && !(policy.temperature > 0 && Number.isFinite(policy.temperature)))
    throw cannot(`a temperature of ${policy.temperature}; it must be a number above 0`)
  if (policy.kind === 'epsilon' && !(policy.share >= 0 && policy.share <= 1))
    throw cannot(`a share of ${policy.share}; it must be a number from 0 to 1`)
  if ('candidates' in policy && !(Number.isInteger(policy.candidates) && policy.candidates >= 1))
    throw cannot(`${policy.candidates} candidates; it must be a whole number of at least 1`)
  const slot =
    policy.kind === 'epsilon' ? policy.slots?.find((rank) => !(Number.isInteger(rank) && rank >= 1)) : undefined
  if (slot !== undefined) throw cannot(`rank ${slot} among those that explore; ranks are whole numbers from 1`)
}

function cannot(what: string): TributaryError {
  return new TributaryError('bad-argument', `a list cannot be drawn with ${what}`)
}
