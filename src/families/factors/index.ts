export { type Pairs, pairBatches, trainingInteractions, transitions } from './batches.ts'
export { createFactorModel, defineFactorModel, type FactorModel, type FactorSpec } from './define.ts'
export { type DomainFactorModel, type DomainFactors, defineDomainFactorModel } from './define-by-domain.ts'
export {
  defineEffects,
  type EffectsModel,
  type EffectsSpec,
  fitEffects,
  type Shrinkage,
  shrinkageOption,
  usersOption,
} from './effects.ts'
export { type Members, membersOf } from './members.ts'
export { type FactorConfig, factorOptions } from './options.ts'
export { learningUsers, type UserPart, type UserParts } from './parts.ts'
export { scoreVectors, userVectors, type VectorScorer } from './score.ts'
export { trainOnPairs } from './train.ts'
export { trainOnMatches } from './train-matches.ts'
export { userRow, userTable } from './users.ts'
