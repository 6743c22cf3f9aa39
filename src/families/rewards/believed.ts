import { TributaryError, type Vectors, type WorldModel } from '../../core/index.ts'
import { keptRewards } from '../../math/index.ts'
import type { ActionSpace } from '../../rl/index.ts'

/** What predicts rewards, whatever it is made of. Users and items are ids of the dataset; −1 is a stranger. */
export interface RewardPredictor {
  /** What is expected of each pair and the variance of that, [N]; a pair's do not depend on the others. */
  predict(users: Int32Array, items: Int32Array): Promise<{ mean: Float32Array; variance: Float32Array }>
  userVectors(users: Int32Array): Vectors
  itemVectors(items: Int32Array): Vectors
}

/** Two matrices of this many numbers are two gibibytes. KuaiRand has 27,285 × 7,583 = 206,902,155 pairs. */
const MOST_CELLS = 2 ** 28

/**
 * What is predicted of every user and item of the action space.
 * @throws TributaryError `bad-dataset` for more pairs than are kept in memory
 */
export async function believedWorld(
  predictor: RewardPredictor,
  { users, items }: Pick<ActionSpace, 'users' | 'items'>,
  { inversePropensity }: Pick<WorldModel, 'inversePropensity'>,
): Promise<WorldModel> {
  const cells = users.length * items.length
  if (cells > MOST_CELLS)
    throw new TributaryError(
      'bad-dataset',
      `the world model of ${users.length} users and ${items.length} items has ${cells} pairs, more than the ${MOST_CELLS} that are kept in memory; give the dataset a truth of fewer users, or import fewer`,
    )
  const rewards = new Float32Array(cells)
  const variance = new Float32Array(cells)
  for (const [row, user] of users.entries()) {
    const told = await predictor.predict(new Int32Array(items.length).fill(user), items)
    rewards.set(told.mean, row * items.length)
    variance.set(told.variance, row * items.length)
  }
  return {
    rewards: keptRewards({ users, items, values: rewards }),
    variance: keptRewards({ users, items, values: variance }),
    itemVectors: predictor.itemVectors(items),
    userVectors: predictor.userVectors(users),
    inversePropensity,
  }
}
