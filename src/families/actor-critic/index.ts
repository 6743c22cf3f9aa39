export {
  type A2cLosses,
  type A2cLossOptions,
  ACTOR_HEADS,
  type ActedTurns,
  type ActorCritic,
  type ActorCriticOptions,
  createActorCritic,
  drawColumn,
} from './actor-critic.ts'
export { meanRewards } from './believed-return.ts'
export { type Collection, type CollectOptions, collect } from './collect.ts'
export { type A2cModel, type A2cPolicySpec, a2cPolicy, minibatches, type ShaperContext } from './define.ts'
export { type A2cConfig, a2cOptions } from './options.ts'
