export { type Program, runChild } from './child.ts'
export { type CommandJob, idOf, isOver, type JobEngine, type JobEvent, type JobState } from './job.ts'
export { type LocalOptions, localEngine } from './local.ts'
