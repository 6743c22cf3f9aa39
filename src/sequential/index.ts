export { type SequenceModel, sequenceModel } from './sequence-model.ts'
export { type BatchMaker, type SequenceConfig, trainSequences } from './train-sequences.ts'
