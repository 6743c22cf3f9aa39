export { type Program, runChild } from './child.ts'
export {
  type CommandJob,
  idOf,
  isLasting,
  isOver,
  type JobEngine,
  type JobEvent,
  type JobState,
  type KeptJob,
  type LastingEngine,
} from './job.ts'
export { type LocalOptions, localEngine } from './local.ts'
export { type EngineName, openEngine, parseEngineName } from './name.ts'
