export { type SequenceModel, sequenceModel } from './sequence-model.ts'
export {
  type BatchMaker,
  refuseLargeStep,
  type SequenceConfig,
  type SequenceTrainer,
  trainOnSequences,
  trainSequences,
} from './train-sequences.ts'
