export { type SequenceModel, sequenceModel } from './define.ts'
export { type EncodedBatch, type EncoderInputs, MASKED, type SequenceEncoder } from './encoder.ts'
export { createSequenceRanker, type SequenceRanker } from './ranker.ts'
export {
  type BatchMaker,
  refuseLargeStep,
  type SequenceConfig,
  type SequenceTrainer,
  trainOnSequences,
  trainSequences,
} from './train.ts'
