export { type BatchMaker, batchesOfFewLengths } from './batches.ts'
export { createSequenceModel, defineSequenceModel, type SequenceModel, type SequenceSpec } from './define.ts'
export {
  anyLength,
  type EncoderInputs,
  eachLength,
  type Graphs,
  historyFeeds,
  historyInputs,
  type SequenceEncoder,
} from './encoder.ts'
export { headsDivideWidth, type SequenceConfig, sequenceOptions } from './options.ts'
export { encodeHistories, type HistoryScorer } from './score.ts'
export { refuseLargeStep, sequenceStep, shareOfBatch } from './step.ts'
export { trainOnSequences } from './train.ts'
