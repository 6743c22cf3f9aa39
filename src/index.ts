// The public API: from a log to recommendations, and the nouns that all of it speaks in. Not exported here: the engine
// (tributary-rec/tensor), layers and optimizers (tributary-rec/nn), what sequence models share (tributary-rec/sequence), the parts
// of the simulator (tributary-rec/rl), the jobs that experiments are made of (tributary-rec/experiments), off-policy evaluation (tributary-rec/ope), single models (tributary-rec/models), metrics (tributary-rec/metrics), the HTTP server
// (tributary-rec/server), and everything under src/cli, which is the command line.

export {
  type Categories,
  type Dataset,
  describeConfig,
  ERROR_CODES,
  type ErrorCode,
  type Feature,
  type ItemCategories,
  itemCategories,
  type Model,
  type ModelSpec,
  Part,
  type Policy,
  parseConfig,
  type Query,
  type RewardMatrix,
  type Scorer,
  type Split,
  type TrainEvent,
  TributaryError,
  type Trust,
  type TrustSignal,
} from './core/index.ts'
export {
  accountOfSplit,
  buildDataset,
  type Cases,
  type ColdUserRoles,
  type CrossDomainRoles,
  coldUserRoles,
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
export { type Blend, blendedLists, blendedScorer, type ChosenBlend, chooseBlend } from './evaluation/blend.ts'
export { type Comparison, type Seeded, summarizeSeeds } from './evaluation/compare.ts'
export type { DrawPolicy } from './evaluation/decide.ts'
export { listScorer, type ModelOfLists } from './evaluation/list-scorer.ts'
export {
  type Candidates,
  type EpisodeEvaluation,
  type Episodes,
  type Evaluated,
  type EvaluateOptions,
  type Evaluation,
  episodes,
  evaluate,
  labels,
  MEASURES,
  type Measure,
  measureOf,
  type PredictionEvaluation,
  type Protocol,
  ranking,
  ratings,
} from './evaluation/measures/index.ts'
export { type Recommendation, type RecommendOptions, recommend } from './evaluation/recommend.ts'
export type { Difference, Finding, UnderTrained } from './evaluation/verdicts.ts'
export {
  type ComparisonOutcome,
  type ComparisonPlan,
  compare,
  type Entry,
  type ExperimentEvent,
  entryOf,
  outcomeOf,
  type TransferOutcome,
  type TransferPlan,
  type TransferReport,
  transfer,
  verdictsOn,
  writeTransfer,
} from './experiments/index.ts'
export {
  type BootstrapOptions,
  createRng,
  denseRewards,
  factorizedRewards,
  type Interval,
  meanInterval,
  pairedBootstrap,
  type Rng,
  type Verdict,
  verdict,
} from './math/index.ts'
export { writeComparison } from './pages/comparison.ts'
export { type Report, renderReport, writeReport } from './pages/report.ts'
export { writeTransferPage } from './pages/transfer.ts'
export { addPlugin, CONTROLS, findModel, METRICS, MODELS, type Plugin, READERS } from './registry.ts'
export { actingModel, actingScorer } from './rl/index.ts'
export type { TrainingOptions } from './runs/context.ts'
export { startTraining } from './runs/in-memory.ts'
export { openTrainedRun, type TrainedRun } from './runs/open.ts'
export { loadPlugin } from './runs/plugin.ts'
export { type Manifest, openRun, type Run } from './runs/run.ts'
export { type TrainRunOptions, trainRun } from './runs/train.ts'
export type { AskedList, DecidedItem, DecidedNews, Decision, ItemSource } from './serving/decision.ts'
export { openFallback, type RunWithFallback, withFallback } from './serving/fallback.ts'
export { type Known, openNewUsers, whereKnown, withNewUsers } from './serving/new-users.ts'
export {
  openPredicting,
  openServed,
  refuseTrainedOn,
  type ServedAs,
  type ServedRun,
  type Sources,
} from './serving/served.ts'
export { openStore } from './serving/store/open.ts'
export type {
  Appended,
  AppendOutcome,
  Assignment,
  AssignmentFilter,
  DecisionFilter,
  DocumentKind,
  Event,
  EventFilter,
  ItemChange,
  ItemFilter,
  JsonObject,
  MovedAssignment,
  NewEvent,
  Page,
  Store,
  StoredDocument,
  StoredEvent,
  StoredItem,
  StoredUser,
  UserHistory,
} from './serving/store/store.ts'
export {
  type ModeMetrics,
  type SimulateOptions,
  type Simulation,
  simulate,
} from './simulation/simulate.ts'
export type { EpochSimulation } from './simulation/while-training.ts'
export { type BehaviorExplanation, type ExplainOptions, type Explanation, explain } from './trust/explain.ts'
export type { TrainingSignals } from './trust/signals.ts'
