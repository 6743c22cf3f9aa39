export { type Program, runChild, SUPERVISED } from './child.ts'
export { doJobs } from './do.ts'
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
export { type EngineName, type EngineOptions, openEngine, parseEngineName } from './name.ts'
