export {
  checkConvergence,
  clipByGlobalNorm,
  type Hypergradient,
  type HypergradientOptions,
  hypergradient,
} from './bilevel.ts'
export { CHOOSING_METRIC, type Chosen, chooseByValidation } from './choose-by-validation.ts'
export { createDropout, type Dropout } from './dropout.ts'
export {
  causalMask,
  feedForward,
  type GruOptions,
  gru,
  layerNorm,
  linear,
  paddedCausalMask,
  positionRows,
  selfAttention,
  type TransformerOptions,
  transformer,
} from './layers.ts'
export { binaryCrossEntropy, bprLoss, crossEntropy, infoNce, negativeLogSigmoid } from './losses.ts'
export { type AdamOptions, adagrad, adam, type Optimizer, type SgdOptions, sgd } from './optimizer.ts'
export { headsDivideWidth, objectiveOptions, sequenceOptions, trainingOptions } from './options.ts'
export {
  createParameters,
  type Initializer,
  loadWeights,
  normal,
  ones,
  type Parameters,
  uniform,
  xavierUniform,
  zeros,
} from './parameters.ts'
export {
  type Catalogue,
  logitsPerTarget,
  needsNegatives,
  RANKING_LOSSES,
  type RankingLoss,
  type RankingLossName,
  rankingLoss,
  type Targets,
} from './ranking-loss.ts'
export { type EncodedBatch, type EncoderInputs, MASKED, type SequenceEncoder } from './sequence-encoder.ts'
export { createSequenceRanker, type SequenceRanker } from './sequence-ranker.ts'
export { singleDomainTwins } from './single-domain-twins.ts'
export { type ItemRows, spectralTable } from './spectral.ts'
export { createTable, type EmbeddingTable } from './table.ts'
export { type TrainingPlan, trainEpochs } from './train-epochs.ts'
export { type PassPlan, trainOnce } from './train-once.ts'
