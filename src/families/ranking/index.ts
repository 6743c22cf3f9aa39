export { type FitLoss, type Fits, fitLoss } from './fits.ts'
export {
  addSimilar,
  incidence,
  learnSimilarities,
  RECALLS,
  type Recall,
  type SimilarityOptions,
  USUAL_SIMILARITY,
} from './neighbors.ts'
export {
  type Catalogue,
  frequencyProposal,
  lossCatalogue,
  needsNegatives,
  RANKING_LOSSES,
  type RankingLoss,
  type RankingLossName,
  rankingLoss,
  type Targets,
} from './objective.ts'
export { objectiveOptions, trainingOptions } from './options.ts'
export type { RankingStep } from './step.ts'
export { singleDomainTwins } from './twins.ts'
