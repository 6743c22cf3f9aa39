export { weighingCapabilities } from './counted.ts'
export { type BridgeModel, type BridgeModelSpec, defineBridgeModel } from './define.ts'
export { createFactors, type Factors } from './factors.ts'
export { fitDomains } from './fit.ts'
export { fitFactors, solveUser, widthOf } from './least-squares.ts'
export type { BridgeInputs, BridgeNetwork, SourceInputs } from './network.ts'
export { type BridgeConfig, bridgeOptions, type FactorConfig, factorOptions } from './options.ts'
export { createPeople, type Person } from './people.ts'
export { attendedBehaviors, bridgedBy, joinedSource, knownMean, personalizedBridge } from './personalized-bridge.ts'
export { type BridgeRoles, bridgeRoles } from './roles.ts'
export { bridgeScorer } from './score.ts'
export { type BridgeTarget, itemRows, predictionsOf, rowsAt } from './target.ts'
export {
  type BridgeTraining,
  ownVectors,
  partOf,
  type RatingBatch,
  ratingBatches,
  ratingFeeds,
  ratingInputs,
  ratingScene,
  trainOnRatings,
  trainOnVectors,
} from './train.ts'
export {
  actor,
  bridgedSources,
  heard,
  loudest,
  observations,
  perceptron,
  type Scene,
  type SourceStates,
  sceneOf,
  type WeighingConfig,
  weighedNetwork,
  weighingLogits,
  weighingOptions,
  weightEntropy,
  weightsOf,
} from './weighing.ts'
