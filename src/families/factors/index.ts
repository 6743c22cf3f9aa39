export { type Pairs, pairBatches, trainingInteractions, transitions } from './batches.ts'
export { createFactorModel, defineFactorModel, type FactorModel, type FactorSpec } from './define.ts'
export {
  defineEffects,
  type EffectsModel,
  type EffectsSpec,
  fitEffects,
  type Shrinkage,
  shrinkageOption,
  usersOption,
} from './effects.ts'
export { type FactorConfig, factorOptions } from './options.ts'
export { scoreVectors, userVectors, type VectorScorer } from './score.ts'
export { trainOnPairs } from './train.ts'
export { userRow, userTable } from './users.ts'
