import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  type ItemRange,
  learnedIds,
  type Model,
  type ModelSpec,
  type Query,
  type Scorer,
  valuesToLearn,
} from '../../core/index.ts'
import { loadWeights } from '../../nn/index.ts'
import { type ActionSpace, actionSpace, trainingView } from '../../rl/index.ts'
import { NEVER } from '../acting/index.ts'
import { createRewardNetwork, type RewardNetwork } from './network.ts'
import type { RewardConfig } from './options.ts'
import { userOf } from './scorer.ts'
import { trainRewards } from './train.ts'

/** What has learned to predict rewards: a network over the users and items of a dataset. */
export interface LearnedRewards {
  readonly network: RewardNetwork
  readonly space: ActionSpace
}

export type RewardModel = Model & LearnedRewards

export interface RewardModelSpec<S extends ZodObject, A extends Scorer> {
  readonly name: string
  readonly task: 'rating' | 'policy'
  readonly summary: string
  readonly paper?: ModelSpec['paper'] & {}
  /** Holds `rewardOptions`. */
  readonly config: S
  /**
   * What it makes of predicted rewards: all that it does not share with the others.
   * @param dataset as the split lets a learner see it
   */
  answers(learned: LearnedRewards, config: output<S>, dataset: Dataset): A
}

/**
 * A model that learns rewards from the log, and differs from others in how it answers by what it predicts. Weights: those of
 * `createRewardNetwork`. Making one throws `bad-dataset` for a log without values; and as `actionSpace`.
 */
export function defineRewardModel<S extends ZodObject & ZodType<RewardConfig>, A extends Scorer>({
  answers,
  ...spec
}: RewardModelSpec<S, A>): ModelSpec<S, RewardModel & A> {
  return defineModel<S, RewardModel & A>({
    ...spec,
    unlearned: 'it reads features, and no vectors of such users and items',
    create(config, dataset, split, { seed, threads, serving }) {
      valuesToLearn(dataset, 'rewards')
      // As the policies see it that learn in this world.
      const visible = trainingView(dataset, split)
      const space = actionSpace(visible, config.domain, config.learnsWith)
      const network = createRewardNetwork(dataset, config, {
        ...{ seed, threads, spin: !serving },
        learned: learnedIds(dataset, split),
      })
      return {
        ...answers({ network, space }, config, visible),
        network,
        space,
        weights: network.weights,
        load(loaded) {
          loadWeights(network.weights(), loaded)
          network.changed()
        },
        dispose: network.dispose,
      }
    },
    train: (model, config, context) => trainRewards(model.network, config, model.space, model, context),
  })
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
  { network, space }: LearnedRewards,
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
