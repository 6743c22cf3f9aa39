export { demonstrationOptions, LOG, logDemonstrations, takeDemonstrations } from './demonstrations.ts'
export { createHead, type Head, type HeadPolicyParts, headPolicy, highestOf, takenActions } from './heads.ts'
export {
  learnsWithOption,
  type PolicyConfig,
  type PolicyNetworkConfig,
  policyOptions,
  STATE_TRACKERS,
  type StateTrackerName,
  type TrackerConfig,
  trackerOptions,
} from './options.ts'
export { placeVectors, startVectors } from './place-vectors.ts'
export { type PlayedEpisodes, type PlayedTurns, playedTurns } from './played-turns.ts'
export {
  createPolicyNetwork,
  emptyWindows,
  fillWindow,
  linearStart,
  type PolicyGraph,
  type PolicyNetwork,
  sliceWindows,
  takeWindows,
  type Windows,
  windowsOf,
} from './policy-network.ts'
export { NEVER, scoreActions } from './score-actions.ts'
export {
  type StateTracker,
  type StateTrackerOptions,
  stateTracker,
  type Window,
} from './state-tracker.ts'
