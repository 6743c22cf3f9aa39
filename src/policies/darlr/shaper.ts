import { type RewardMatrix, type Tensor, TributaryError, type WorldModel } from '../../core/index.ts'
import type { ShaperContext } from '../../families/actor-critic/index.ts'
import {
  type ActionSpace,
  lastItems,
  type NextItemEntropy,
  nextItemEntropy,
  offerAt,
  type RewardShaper,
  type Turns,
} from '../../rl/index.ts'
import { createEstimates, type RewardEstimates } from './estimates.ts'
import type { DarlrConfig } from './options.ts'
import { createReferences } from './references.ts'
import type { Selected } from './selection.ts'
import { shapedReward, uncertaintyPenalty } from './shaped-reward.ts'

/**
 * What DARLR pays: in each turn reference users of the user are at hand, the reward of the pair becomes what they are believed to give (Eq. 15), and the
 * penalty grows with the change and shrinks with how representative they are (Eq. 16, 17).
 * @param initial R⁰, of the users and items of the world
 */
export async function darlrShaper(
  config: DarlrConfig,
  initial: RewardMatrix,
  { world, space, dataset, ...context }: Omit<ShaperContext, 'recommender' | 'scale' | 'demonstrations'>,
): Promise<RewardShaper> {
  const estimates = createEstimates(initial, config)
  if (estimates.users < 2)
    throw new TributaryError(
      'bad-dataset',
      `'${dataset.name}' has one user to learn with; reference users need a second`,
    )
  const references = await createReferences(config, estimates, { ...context, userVectors: world.userVectors })
  const uncertainty = uncertaintyOf(config, world, estimates.range)
  const entropy = nextItemEntropy(dataset, config.entropyOrders)
  // MIN_R, fixed here although R moves: a constant that is paid each turn is a bonus for long episodes.
  const least = { reward: estimates.range.min, uncertainty: uncertainty.most, entropy: entropy.least }
  const shift = config.rewardShift ? shapedReward(config, least) : 0
  const figures = createFigures()
  return {
    believed: initial,
    async pay(turns) {
      const { simulator, slots, columns, collection } = turns
      const rows = Int32Array.from(slots, (slot) => simulator.rows[slot])
      const selected = await references.of(turns, rows)
      const { last, means } = believed(estimates, selected, rows, columns)
      const rewards = new Float32Array(slots.length)
      const observed = new Float32Array(slots.length)
      for (const [i, row] of rows.entries()) {
        const column = columns[i]
        const similarity = selected.similarities[i]
        const updated = collection > config.warmUp ? estimates.write(row, column, means[i]) : last[i]
        const change = Math.abs(means[i] - last[i])
        const penalty = uncertaintyPenalty(change, similarity, selected.diversities[i], estimates.range)
        const terms = {
          reward: config.reward === 'dynamic' ? updated : estimates.initial[row * estimates.items + column],
          uncertainty: uncertainty.at(row, column, penalty),
          entropy: entropyAfter(turns, i, space, entropy),
        }
        observed[i] = terms.reward
        rewards[i] = shapedReward(config, terms) - shift
        figures.add('uncertainty', terms.uncertainty)
        figures.add('selectedSimilarity', similarity)
      }
      return { rewards, observed }
    },
    async learn() {
      const losses = await references.learn()
      return { ...losses, rewardDrift: estimates.drift(), ...figures.take() }
    },
    trust: (ended) => references.trust(space.users, ended),
    tensors: new Map<string, Tensor>([
      ...references.tensors,
      ['rewards', { shape: [estimates.current.length], data: estimates.current }],
      ['moved', { shape: [1], data: estimates.moved }],
    ]),
    dispose: references.dispose,
  }
}

/** What R says of pairs, and what their reference users are believed to give (Eq. 15): all turns read before any writes, being one turn. */
function believed(
  { current, items, mean }: RewardEstimates,
  { references }: Selected,
  rows: Int32Array,
  columns: Int32Array,
) {
  const K = references.length / rows.length
  const last = Float32Array.from(rows, (row, i) => current[row * items + columns[i]])
  const means = last.map((_, i) => mean(references.subarray(i * K, (i + 1) * K), columns[i]))
  return { last, means }
}

/** The penalty of a pair, P'_U or what an ablation puts in its place; and the largest one. */
function uncertaintyOf(
  { uncertainty }: Pick<DarlrConfig, 'uncertainty'>,
  { variance }: Pick<WorldModel, 'variance'>,
  { min, max }: RewardEstimates['range'],
): { readonly most: number; at(row: number, column: number, dynamic: number): number } {
  if (uncertainty === 'dynamic') return { most: max - min, at: (_row, _column, dynamic) => dynamic }
  // The largest variance may take a pass over all pairs to find, so only where it counts.
  if (uncertainty === 'static') return { most: variance.max, at: (row, column) => variance.at(row, column) }
  return { most: 0, at: () => 0 }
}

/** P_E after the offer of episode `i`; 0 where the log knows no order. */
function entropyAfter(turns: Turns, i: number, { items }: ActionSpace, { orders, at }: NextItemEntropy): number {
  return orders.length === 0 ? 0 : at(lastItems(offerAt(turns, i), items, orders))
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
