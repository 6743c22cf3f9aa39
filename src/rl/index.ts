export {
  BILLP_ENVIRONMENTS,
  BILLP_SPLITS,
  type BillpOptions,
  type BillpReport,
  readBillp,
} from './demonstrations/billp.ts'
export { type BillpStep, parseBillpTrajectory } from './demonstrations/billp-trajectory.ts'
export {
  DEMONSTRATIONS_FOLDER,
  isDemonstrations,
  type OpenedDemonstrations,
  openDemonstrations,
  writeDemonstrations,
} from './demonstrations/demonstration-files.ts'
export {
  bindDemonstrations,
  type DemonstrationSource,
  type DemonstrationStep,
  demonstrationReturns,
  demonstrationSegments,
  SOURCES,
} from './demonstrations/demonstrations.ts'
export {
  type DemonstrationsDescription,
  type DemonstratorDescription,
  describeDemonstrations,
} from './demonstrations/describe-demonstrations.ts'
export { createGrounder, type Grounder, type Grounding } from './demonstrations/grounding.ts'
export { type Embedder, hashedLetters } from './demonstrations/hashed-letters.ts'
export { type LogDemonstrationOptions, logDemonstrations } from './demonstrations/log-demonstrations.ts'
export { ADVANTAGE_WEIGHTS, type AdvantageWeight, advantageRegression } from './rules/advantage-regression.ts'
export { gaussianEntropy, gaussianLogProbability } from './rules/gaussian.ts'
export { type Advantages, generalizedAdvantages, type PaidTurns } from './rules/generalized-advantages.ts'
export { normalizedAdvantages } from './rules/normalized-advantages.ts'
export {
  clippedPolicyGradient,
  clippedValueError,
  entropy,
  logProbability,
  policyGradient,
  VALUE_LOSSES,
  type ValueLoss,
  valueError,
} from './rules/policy-gradient.ts'
export { expectedValue, logLikelihoodRatio, qLearning } from './rules/q-learning.ts'
export { quantileRegression } from './rules/quantile-regression.ts'
export { type NeighborOptions, neighborRewards, WEIGHTINGS, type Weighting } from './shaping/neighbor-rewards.ts'
export { type NextItemEntropy, nextItemEntropy } from './shaping/next-item-entropy.ts'
export { openWorldModel } from './shaping/open-world-model.ts'
export { lastItems, type Offer, offerAt, payEach, payMatrix } from './shaping/pay-each.ts'
export { clampedScale, type RewardScale, rangeScale, rewardScale } from './shaping/reward-scale.ts'
export type { Pay, RewardShaper, Turns } from './shaping/reward-shaper.ts'
export { draw } from './simulator/act.ts'
export { actingModel, actingScorer, tempered } from './simulator/acting.ts'
export { type ActionSpace, actionSpace, LEARNS_WITH, type LearnsWith } from './simulator/action-space.ts'
export { leastByHazard, type Play, randomPlay } from './simulator/column-distance.ts'
export {
  dominatedItems,
  type EpisodeMetrics,
  episodeMetrics,
  episodeRewards,
  trainingRows,
  trainingView,
} from './simulator/episode-metrics.ts'
export { asReleased, LEAVE_RULES, type LeaveRule, leaveRuleText, parseLeaveRule } from './simulator/leave-rule.ts'
export { type AskedAgain, type Played, type ReplayOptions, replay } from './simulator/replay.ts'
export { createChoice, type RollOutOptions, rollOut } from './simulator/rollout.ts'
export {
  type BelievedEnvironment,
  believedEnvironment,
  createEnvironment,
  createSimulator,
  type Environment,
  type EnvironmentOptions,
  itemLabels,
  type JudgingEnvironment,
  MODES,
  type Mode,
  type Simulator,
  type SimulatorOptions,
  USERS,
  type Users,
} from './simulator/simulator.ts'
