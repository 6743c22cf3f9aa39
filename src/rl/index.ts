export { type A2cConfig, a2cOptions } from './a2c-options.ts'
export { type A2cModel, type A2cPolicySpec, a2cPolicy, minibatches, type ShaperContext } from './a2c-policy.ts'
export { type ActionSpace, actionSpace } from './action-space.ts'
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
export {
  dominatedItems,
  type EpisodeMetrics,
  episodeMetrics,
  episodeRewards,
  trainingRows,
  trainingView,
} from './episode-metrics.ts'
export { LEAVE_RULES, type LeaveRule, leaveRuleText, parseLeaveRule } from './leave-rule.ts'
export { type LogTransitions, logTransitions, type TransitionOptions } from './log-transitions.ts'
export { type NearestRows, nearestRows } from './nearest-rows.ts'
export { type NeighborOptions, neighborRewards, WEIGHTINGS, type Weighting } from './neighbor-rewards.ts'
export { type NextItemEntropy, nextItemEntropy } from './next-item-entropy.ts'
export {
  ADVANTAGE_WEIGHTS,
  type AdvantageWeight,
  expectedValue,
  logLikelihoodRatio,
  qLoss,
  quantileLoss,
  regressionLoss,
} from './offline-losses.ts'
export { type OfflineConfig, offlineOptions } from './offline-options.ts'
export {
  type Head,
  type OfflineModel,
  type OfflinePolicySpec,
  offlinePolicy,
} from './offline-policy.ts'
export { openWorldModel } from './open-world-model.ts'
export { lastItems, payEach, payMatrix, type Recommendation, recommendationAt } from './pay-each.ts'
export {
  createPolicyNetwork,
  emptyWindows,
  fillWindow,
  linearStart,
  type NetworkUpdate,
  networkUpdate,
  type PolicyGraph,
  type PolicyNetwork,
  type PolicyNetworkConfig,
  sliceWindows,
  type TableRead,
  takeWindows,
  type Windows,
  windowsOf,
} from './policy-network.ts'
export { type Advantages, generalizedAdvantages, type PaidTurns } from './returns.ts'
export { actOnRewards, createRewardModel, type RewardModel } from './reward-model.ts'
export { createRewardNetwork, type RewardNetwork, type RewardNetworkConfig } from './reward-network.ts'
export { type RewardScale, rewardScale } from './reward-scale.ts'
export { rewardScorer } from './reward-scorer.ts'
export type { Pay, RewardShaper, Turns } from './reward-shaper.ts'
export { type RollOutOptions, rollOut } from './rollout.ts'
export {
  createEnvironment,
  createSimulator,
  type Environment,
  type EnvironmentOptions,
  itemLabels,
  MODES,
  type Mode,
  type Simulator,
  type SimulatorOptions,
  USERS,
  type Users,
} from './simulator.ts'
export {
  STATE_TRACKERS,
  type StateTracker,
  type StateTrackerName,
  type StateTrackerOptions,
  stateTracker,
  trackerOptions,
  type Window,
} from './state-tracker.ts'
export { type RewardTrainingConfig, rewardOptions, trainRewards } from './train-rewards.ts'
