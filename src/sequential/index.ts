export { type SequenceModel, sequenceModel } from './sequence-model.ts'
export { type SequenceConfig, trainSequences } from './train-sequences.ts'
