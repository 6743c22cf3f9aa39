export { type AskedDomain, askedDomain, untilAsked } from './asked.ts'
export { type AttributeField, attributeFeeds, attributeVectors, itemAttributes } from './attributes.ts'
export { type BatchMaker, batchesOfFewLengths } from './batches.ts'
export { blended } from './blend.ts'
export { type CrossDomainObjective, crossDomainStep } from './cross-domain-step.ts'
export { createSequenceModel, defineSequenceModel, type SequenceModel, type SequenceSpec } from './define.ts'
export {
  type CrossDomainConfig,
  type CrossDomainEncoder,
  type CrossDomainModel,
  crossDomainFeeds,
  crossDomainInputs,
  defineCrossDomainModel,
} from './define-cross-domain.ts'
export {
  type AskedStates,
  type DomainInputs,
  type DomainView,
  domainViews,
  lastOfAsked,
  lastOfEvery,
} from './domain-views.ts'
export {
  anyLength,
  type EncoderInputs,
  eachLength,
  feedsOf,
  type Graphs,
  historyFeeds,
  historyInputs,
  itemDomainFeeds,
  type SequenceEncoder,
} from './encoder.ts'
export { askedOfOwn, ownQuery } from './histories.ts'
export { successionGraph } from './item-graph.ts'
export { type Remembering, withMemory } from './memory.ts'
export { headsDivideWidth, type SequenceConfig, sequenceOptions } from './options.ts'
export { overPlaces, parallelGru, parallelLinear } from './parallel-gru.ts'
export { encodeHistories, type HistoryScorer, paddedHistories } from './score.ts'
export { refuseLargeStep, sequenceStep, shareOfBatch } from './step.ts'
export { trainOnSequences } from './train.ts'
