export { actOnRewards, createRewardModel, type RewardModel } from './model.ts'
export { createRewardNetwork, type RewardNetwork, type RewardNetworkConfig } from './network.ts'
export { rewardScorer } from './scorer.ts'
export { type RewardTrainingConfig, rewardOptions, trainRewards } from './train.ts'
