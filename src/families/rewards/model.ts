import {
  type Dataset,
  type ItemRange,
  learnedIds,
  type Model,
  type ModelContext,
  type Query,
  type Split,
} from '../../core/index.ts'
import { loadWeights } from '../../nn/index.ts'
import { type ActionSpace, actionSpace, trainingView } from '../../rl/index.ts'
import { NEVER } from '../acting/index.ts'
import { createRewardNetwork, type RewardNetwork, type RewardNetworkConfig } from './network.ts'
import { refuseWithoutValues } from './rows.ts'
import { userOf } from './scorer.ts'

/** A reward network over the users and items of a dataset, and what every model made of one has. */
export interface RewardModel extends Pick<Model, 'weights' | 'load' | 'dispose'> {
  readonly network: RewardNetwork
  readonly space: ActionSpace
}

/** @throws TributaryError `bad-dataset` for a log without values; as `actionSpace` */
export function createRewardModel(
  config: RewardNetworkConfig & { readonly domain: string },
  dataset: Dataset,
  split: Split,
  { seed, threads }: ModelContext,
): RewardModel {
  refuseWithoutValues(dataset)
  // As the policies see it that learn in this world.
  const space = actionSpace(trainingView(dataset, split), config.domain)
  const network = createRewardNetwork(dataset, config, { seed, threads, learned: learnedIds(dataset, split) })
  return {
    network,
    space,
    weights: network.weights,
    load(loaded) {
      loadWeights(network.weights(), loaded)
      network.changed()
    },
    dispose: network.dispose,
  }
}

/** Predictions that are kept: 64 MiB. */
const KEPT = 2 ** 24

/**
 * Scores items for a policy that acts on predicted rewards. A user is asked about in every turn of an episode, so rows of predictions
 * are kept until the network changes.
 * @param act predicted rewards of the columns of the action space → scores of the same, into the array given [A]; items outside the
 *   action space are never taken
 */
export function actOnRewards(
  { network, space }: Pick<RewardModel, 'network' | 'space'>,
  act: (predicted: Float32Array, query: Query, scores: Float32Array) => void,
): (queries: readonly Query[], range: ItemRange) => Promise<Float32Array> {
  const { items } = space
  const kept = new Map<number, Float32Array>()
  let revision = network.revision()
  const predict = async (users: readonly number[]): Promise<void> => {
    const pairs = users.length * items.length
    const asked = Int32Array.from({ length: pairs }, (_, i) => users[Math.floor(i / items.length)])
    const { mean } = await network.predict(
      asked,
      asked.map((_, i) => items[i % items.length]),
    )
    for (const [u, user] of users.entries()) kept.set(user, mean.slice(u * items.length, (u + 1) * items.length))
  }
  return async (queries, { start, end }) => {
    const width = end - start
    const scores = new Float32Array(queries.length * width).fill(NEVER)
    const own = new Float32Array(items.length)
    if (kept.size * items.length > KEPT || revision !== network.revision()) kept.clear()
    revision = network.revision()
    await predict([...new Set(queries.map(userOf))].filter((user) => !kept.has(user)))
    for (const [q, query] of queries.entries()) {
      act(kept.get(userOf(query))!, query, own)
      for (const [column, item] of items.entries())
        if (item >= start && item < end) scores[q * width + item - start] = own[column]
    }
    return scores
  }
}
