export {
  defineTemporalDifference,
  type TemporalDifferenceModel,
  type TemporalDifferenceSpec,
} from './define.ts'
export { type OfflineConfig, offlineOptions } from './options.ts'
export { logTransitions, type TransitionOptions } from './transitions.ts'
