import { type BatchOptions, type SequenceBatch, type Sequences, sequenceBatches } from '../../data/index.ts'

/** One epoch of batches. */
export type BatchMaker = (sequences: Sequences, options: BatchOptions) => Iterable<SequenceBatch>

/** The item after every position, in batches of few lengths, for encoders with a graph for each. */
export const batchesOfFewLengths: BatchMaker = (sequences, options) =>
  sequenceBatches(sequences, { ...options, roundLengths: true })
