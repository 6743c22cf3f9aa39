export {
  type A2cLosses,
  type ActedTurns,
  type ActorCritic,
  type ActorCriticOptions,
  createActorCritic,
  drawColumn,
} from './actor-critic.ts'
export { meanRewards } from './believed-return.ts'
export { type Collection, type CollectOptions, collect } from './collect.ts'
export {
  type ActorCriticModel,
  type ActorCriticSpec,
  defineActorCritic,
  minibatches,
  type ShaperContext,
} from './define.ts'
export { type A2cConfig, ACTOR_HEADS, a2cOptions, type ShapingConfig, shapingOptions } from './options.ts'
