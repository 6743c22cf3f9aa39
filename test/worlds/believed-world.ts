import type { Dataset, Model, TrainContext, WorldModel } from '../../src/core/index.ts'
import { createRng, denseRewards } from '../../src/math/index.ts'

/** A world model that believes given rewards of the users and items of a dataset's truth, [users][items]. */
export function believedWorld({ truth }: Dataset, rewards: readonly (readonly number[])[], variance = 0.1): WorldModel {
  const { users, items } = truth!
  const rng = createRng(6).split('believed world')
  const vectors = (count: number) => ({
    width: 4,
    data: Float32Array.from({ length: 4 * count }, () => 0.1 * rng.normal()),
  })
  const values = rewards.flat()
  return {
    rewards: denseRewards({ users, items, values }),
    variance: denseRewards({ users, items, values: values.map(() => variance) }),
    itemVectors: vectors(items.length),
    userVectors: vectors(users.length),
    inversePropensity: false,
  }
}

/** For `TrainContext.openRun`: whatever run is named is this world model's. */
export function openBelieved(world: WorldModel): NonNullable<TrainContext['openRun']> {
  const model: Model = {
    weights: () => new Map(),
    load() {},
    score: async () => new Float32Array(0),
    can: { worldModel: async () => world },
    async dispose() {},
  }
  return async () => model
}
