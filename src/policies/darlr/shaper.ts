import { type NamedTensors, type RewardMatrix, type Tensor, TributaryError } from '../../core/index.ts'
import type { ShaperContext } from '../../families/actor-critic/index.ts'
import { createRng, type Rng, takeRows } from '../../math/index.ts'
import { lastItems, nextItemEntropy, type RewardShaper, recommendationAt, type Turns } from '../../rl/index.ts'
import { type CandidatesName, candidateCounts, createCandidateSearch } from './candidates.ts'
import { createEstimates } from './estimates.ts'
import { createPreferences, type SimilarityName } from './preferences.ts'
import { createSelector, type SelectorOptions } from './selection.ts'
import { shapedReward, uncertaintyPenalty } from './shaped-reward.ts'

export interface DarlrOptions extends SelectorOptions {
  readonly similarity: SimilarityName
  readonly projection: number
  readonly candidates: CandidatesName
  readonly renewCandidates: number
  readonly selectEvery: number
  readonly reads: 'current' | 'initial'
  readonly writeBack: number
  readonly warmUp: number
  readonly reward: 'dynamic' | 'static'
  readonly uncertainty: 'dynamic' | 'static' | 'none'
  /** λ_U */
  readonly lambdaU: number
  /** λ_E */
  readonly lambdaE: number
  readonly entropyOrders: readonly number[]
  readonly rewardShift: boolean
  readonly diagnostics: boolean
}

/**
 * What DARLR pays: in each turn reference users of the user are at hand, the reward of the pair becomes what they are believed to give (Eq. 15), and the
 * penalty grows with the change and shrinks with how representative they are (Eq. 16, 17).
 * @param initial R⁰, of the users and items of the world
 */
export async function darlrShaper(
  options: DarlrOptions,
  initial: RewardMatrix,
  { world, space, dataset, seed, threads, stateWidth }: Omit<ShaperContext, 'recommender'>,
): Promise<RewardShaper> {
  const { references: K } = options
  const rng = createRng(seed).split('darlr')
  const estimates = createEstimates(initial, options)
  const { users, range, moved } = estimates
  if (users < 2)
    throw new TributaryError(
      'bad-dataset',
      `'${dataset.name}' has one user to learn with; reference users need a second`,
    )
  const preferences = await createPreferences(estimates, {
    similarity: options.similarity,
    width: options.projection,
    rng: rng.split('projection'),
  })
  const counts = candidateCounts(users, K)
  const C = counts.near + counts.drawn
  const candidates = new Int32Array(users * C).fill(-1)
  const selector = await createSelector(options, {
    estimates,
    preferences,
    stateWidth,
    candidateCount: C,
    seed,
    threads,
  })
  const search = await createCandidateSearch(options.candidates, threads)
  // The last selection of each user: its reference users (−1 where there is none yet) and how representative they are.
  const kept = new Int32Array(users * K).fill(-1)
  const similarities = new Float32Array(users)
  const diversities = new Float32Array(users)

  const entropy = nextItemEntropy(dataset, options.entropyOrders)
  const uncertaintyOf = {
    dynamic: (_row: number, _column: number, penalty: number) => penalty,
    static: (row: number, column: number) => world.variance.at(row, column),
    none: () => 0,
  }[options.uncertainty]
  // The largest variance may take a pass over all pairs to find, so only where it counts.
  const most = { dynamic: () => range.max - range.min, static: () => world.variance.max, none: () => 0 }[
    options.uncertainty
  ]()
  // MIN_R, fixed here although R moves: a constant that is paid each turn is a bonus for long episodes.
  const shift = options.rewardShift
    ? shapedReward(options, { reward: range.min, uncertainty: most, entropy: entropy.least })
    : 0
  const figures = createFigures()
  const truth = options.diagnostics ? dataset.truth : undefined
  const truthAt = truth && byIds(truth, space.users, space.items)
  let lastCollection = -1

  /** Slots whose users get new reference users now, as places in the turn. */
  const selecting = ({ collection, turn, slots, simulator }: Turns): Int32Array => {
    const places = Int32Array.from(slots, (_, i) => i)
    // Drawn by the turn, not counted: each visit then has the same chance, whatever the state, and all of a turn are chosen in one go.
    if (rng.split('select', collection, turn).float() * options.selectEvery < 1) return places
    const seen = new Set<number>()
    return places.filter((i) => {
      const row = simulator.rows[slots[i]]
      if (kept[row * K] !== -1 || seen.has(row)) return false
      seen.add(row)
      return true
    })
  }
  const renewCandidates = async (collection: number) => {
    if (candidates[0] !== -1 && moved[0] <= options.renewCandidates ** 2 * estimates.squaredLength()) return
    moved[0] = 0
    preferences.refresh()
    candidates.set(await search.find(estimates, preferences, counts, rng.split('candidates', collection)))
  }

  return {
    async pay(turns) {
      const { simulator, slots, columns, collection, turn } = turns
      if (collection !== lastCollection) {
        await renewCandidates(collection)
        lastCollection = collection
      }
      const n = slots.length
      const rows = Int32Array.from(slots, (slot) => simulator.rows[slot])
      const references = new Int32Array(n * K)
      const similarity = new Float32Array(n)
      const diversity = new Float32Array(n)

      const places = selecting(turns)
      const own = new Uint8Array(n)
      if (places.length > 0) {
        preferences.refresh()
        const asked = {
          users: places.map((i) => rows[i]),
          columns: places.map((i) => columns[i]),
          states: takeRows(turns.states, stateWidth, places),
        }
        const draws = (i: number): Rng => rng.split('pick', collection, turn, slots[places[i]])
        const selected = await selector.select(asked, candidates, draws)
        for (const [j, i] of places.entries()) {
          const chosen = selected.references.subarray(j * K, (j + 1) * K)
          own[i] = 1
          references.set(chosen, i * K)
          similarity[i] = selected.similarities[j]
          diversity[i] = selected.diversities[j]
          kept.set(chosen, rows[i] * K)
          similarities[rows[i]] = selected.similarities[j]
          diversities[rows[i]] = selected.diversities[j]
        }
      }
      for (let i = 0; i < n; i++) {
        if (own[i] === 1) continue
        const row = rows[i]
        references.set(kept.subarray(row * K, (row + 1) * K), i * K)
        similarity[i] = similarities[row]
        diversity[i] = diversities[row]
      }

      // All slots read before any writes: their turns are one turn, in whatever order they stand.
      const last = Float32Array.from(rows, (row, i) => estimates.current[row * estimates.items + columns[i]])
      const means = last.map((_, i) => estimates.mean(references.subarray(i * K, (i + 1) * K), columns[i])) // Eq. 15
      const rewards = new Float32Array(n)
      const observed = new Float32Array(n)
      for (let i = 0; i < n; i++) {
        const [row, column] = [rows[i], columns[i]]
        const updated = collection > options.warmUp ? estimates.write(row, column, means[i]) : last[i]
        const dynamic = uncertaintyPenalty(Math.abs(means[i] - last[i]), similarity[i], diversity[i], range)
        const uncertainty = uncertaintyOf(row, column, dynamic)
        const reward = options.reward === 'dynamic' ? updated : estimates.initial[row * estimates.items + column]
        const terms = {
          reward,
          uncertainty,
          entropy:
            entropy.orders.length === 0
              ? 0
              : entropy.at(lastItems(recommendationAt(turns, i), space.items, entropy.orders)),
        }
        observed[i] = reward
        rewards[i] = shapedReward(options, terms) - shift
        figures.add('uncertainty', uncertainty)
        figures.add('selectedSimilarity', similarity[i])
        if (truthAt !== undefined) figures.add('rewardError', Math.abs(reward - truthAt(row, column)))
      }
      return { rewards, observed }
    },
    async learn() {
      const losses = await selector.learn(rng.split('learn', lastCollection))
      return { ...losses, rewardDrift: estimates.drift(), ...figures.take() }
    },
    tensors: new Map<string, Tensor>([
      ...selector.tensors,
      ...tensorsOf({ rewards: estimates.current, moved, candidates, kept, similarities, diversities }),
    ]),
    async dispose() {
      await Promise.all([selector.dispose(), search.dispose()])
    },
  }
}

function tensorsOf(arrays: Readonly<Record<string, Tensor['data']>>): NamedTensors {
  return new Map(Object.entries(arrays).map(([name, data]) => [name, { shape: [data.length], data }]))
}

/** The truth by rows and columns of the action space, whose ids are ascending. */
function byIds(truth: RewardMatrix, users: Int32Array, items: Int32Array) {
  const places = (ids: Int32Array) => new Map(Array.from(ids, (id, place) => [id, place]))
  const [rows, columns] = [places(truth.users), places(truth.items)]
  return (row: number, column: number) => truth.at(rows.get(users[row])!, columns.get(items[column])!)
}

/** Means over a collection. */
function createFigures() {
  const sums = new Map<string, { sum: number; count: number }>()
  return {
    add(name: string, value: number) {
      const total = sums.get(name) ?? { sum: 0, count: 0 }
      sums.set(name, total)
      total.sum += value
      total.count++
    },
    take(): Record<string, number> {
      const means = Object.fromEntries([...sums].map(([name, { sum, count }]) => [name, sum / count]))
      sums.clear()
      return means
    },
  }
}
