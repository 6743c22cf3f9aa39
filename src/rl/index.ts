export { type ActionSpace, actionSpace } from './action-space.ts'
export { dominatedItems, type EpisodeMetrics, episodeMetrics, episodeRewards, trainingRows } from './episode-metrics.ts'
export { LEAVE_RULES, type LeaveRule, leaveRuleText, parseLeaveRule } from './leave-rule.ts'
export { openWorldModel } from './open-world-model.ts'
export type { Pay, RewardShaper, Turns } from './reward-shaper.ts'
export { type RollOutOptions, rollOut } from './rollout.ts'
export {
  createEnvironment,
  createSimulator,
  type Environment,
  type EnvironmentOptions,
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
