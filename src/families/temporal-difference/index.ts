export { type Head, type OfflineModel, type OfflinePolicySpec, offlinePolicy } from './define.ts'
export { type OfflineConfig, offlineOptions } from './options.ts'
export { type LogTransitions, logTransitions, type TransitionOptions } from './transitions.ts'
