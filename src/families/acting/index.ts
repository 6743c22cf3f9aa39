export {
  createPolicyNetwork,
  emptyWindows,
  fillWindow,
  linearStart,
  type PolicyGraph,
  type PolicyNetwork,
  type PolicyNetworkConfig,
  sliceWindows,
  takeWindows,
  type Windows,
  windowsOf,
} from './policy-network.ts'
export { NEVER, scoreActions } from './score-actions.ts'
export {
  STATE_TRACKERS,
  type StateTracker,
  type StateTrackerName,
  type StateTrackerOptions,
  stateTracker,
  trackerOptions,
  type Window,
} from './state-tracker.ts'
