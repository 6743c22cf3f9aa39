export {
  checkConvergence,
  clipByGlobalNorm,
  type Hypergradient,
  type HypergradientOptions,
  hypergradient,
} from './bilevel.ts'
export { CHOOSING_METRIC, type Chosen, chooseByValidation, chooseForDomains } from './choose-by-validation.ts'
export { createDropout, type Dropout } from './dropout.ts'
export { type TrainingPlan, trainEpochs } from './epochs.ts'
export {
  causalMask,
  feedForward,
  type GruOptions,
  gru,
  layerNorm,
  linear,
  paddedCausalMask,
  positionRows,
  postNormTransformer,
  selfAttention,
  type TransformerOptions,
  transformer,
} from './layers.ts'
export { binaryCrossEntropy, bprLoss, crossEntropy, negativeLogSigmoid } from './losses.ts'
export { type PassPlan, trainOnce } from './once.ts'
export { type AdamOptions, adam, type Optimizer, partitioned, type SgdOptions, sgd } from './optimizer.ts'
export {
  createParameters,
  fanInUniform,
  type Initializer,
  loadWeights,
  normal,
  ones,
  orthogonal,
  type Parameters,
  uniform,
  xavierUniform,
  zeros,
} from './parameters.ts'
export {
  type Feeds,
  type GradientStep,
  gatheredRows,
  gradientStep,
  type StepOptions,
  type StepResult,
  type TableRead,
} from './step.ts'
export { createTable, type EmbeddingTable } from './table.ts'
