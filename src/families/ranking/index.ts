export {
  type Catalogue,
  logitsPerTarget,
  needsNegatives,
  RANKING_LOSSES,
  type RankingLoss,
  type RankingLossName,
  rankingLoss,
  type Targets,
} from './objective.ts'
export { headsDivideWidth, objectiveOptions, sequenceOptions, trainingOptions } from './options.ts'
export { singleDomainTwins } from './twins.ts'
