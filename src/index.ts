// The public API: from a log to recommendations, and the nouns that all of it speaks in. Not exported here: the engine
// (tributary-rec/tensor), layers and optimizers (tributary-rec/nn), what sequence models share (tributary-rec/sequential), the parts
// of the simulator (tributary-rec/rl), single models (tributary-rec/models), metrics (tributary-rec/metrics), the HTTP server
// (tributary-rec/server), and everything under src/cli, which is the command line.
export {
  type BootstrapOptions,
  type Interval,
  meanInterval,
  pairedBootstrap,
  type Verdict,
  verdict,
} from './bootstrap.ts'
export { type AnyProtocol, type Comparison, type Seeded, type SeededResults, summarizeSeeds } from './compare.ts'
export { summarizePoints } from './compare-points.ts'
export {
  type Categories,
  createRng,
  type Dataset,
  denseRewards,
  describeConfig,
  ERROR_CODES,
  type ErrorCode,
  type Feature,
  factorizedRewards,
  type ItemCategories,
  itemCategories,
  type Model,
  type ModelSpec,
  Part,
  type Policy,
  parseConfig,
  type Query,
  type RewardMatrix,
  type Rng,
  type Scorer,
  type Split,
  type TrainEvent,
  TributaryError,
} from './core/index.ts'
export {
  accountOfSplit,
  buildDataset,
  type Cases,
  type CrossDomainRoles,
  crossDomainRoles,
  defaultSplit,
  demoWorld,
  describe,
  evaluationCases,
  filterDataset,
  type ImportOptions,
  type ImportReport,
  type InteractionColumns,
  importDataset,
  type NamedFeature,
  type NamedSideData,
  type NamedTruth,
  openDataset,
  SPLITS,
  type SplitAccount,
  splitDataset,
  writeDataset,
} from './data/index.ts'
export {
  type Candidates,
  describeProtocol,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type Protocol,
} from './evaluate.ts'
export {
  evaluatePoints,
  type PointEvaluation,
  type PointOptions,
  type PointProtocol,
} from './evaluate-points.ts'
export { type ExplainOptions, type Explanation, explain } from './explain.ts'
export { openFallback, type RunWithFallback, withFallback } from './fallback.ts'
export { type Recommendation, type RecommendOptions, recommend } from './recommend.ts'
export { CONTROLS, findModel, MODELS } from './registry.ts'
export { type Report, renderReport, writeReport } from './report.ts'
export { type Manifest, openRun, type Run } from './run.ts'
export {
  actingModel,
  actingScorer,
  type ModeMetrics,
  type SimulateOptions,
  type Simulation,
  simulate,
} from './simulate.ts'
export type { EpochSimulation } from './simulate-epochs.ts'
export {
  openTrainedRun,
  startTraining,
  type TrainedRun,
  type TrainingOptions,
  type TrainRunOptions,
  trainRun,
} from './train.ts'
export type { TransferReport } from './transfer.ts'
export type { TrainingSignals } from './transfer-signals.ts'
export type { Difference, Finding, UnderTrained } from './verdicts.ts'
