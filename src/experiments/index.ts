// Several trainings with one question, as generators of plain events: who calls draws them, passes them on, or takes the outcome alone.

export { type ComparisonOutcome, type ComparisonPlan, compare, estimateComparison, verdictsOn } from './compare.ts'
export { compareRuns, type RunsPlan } from './compare-runs.ts'
export { type Entry, entryOf } from './entry.ts'
export type { Estimate, Expected } from './estimate.ts'
export { outcomeOf } from './events.ts'
export type { AskedProtocol, Job, JobEvent, JobResult } from './job.ts'
export {
  type Advised,
  type Judged,
  type Judgment,
  readTransfer,
  type TransferChoice,
  type TransferReport,
  type TransferRun,
  type TransferSide,
  writeTransfer,
} from './report.ts'
export { type ExperimentEvent, type RunnerOptions, runJobs } from './runner.ts'
export { type TransferOutcome, type TransferPlan, transfer } from './transfer.ts'
export { isTwin, runEntry, twinEntry } from './twin.ts'
