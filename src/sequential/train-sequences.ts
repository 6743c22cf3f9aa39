import type { output, ZodObject } from 'zod'
import { createRng, type TrainContext } from '../core/index.ts'
import {
  type BatchOptions,
  lossCatalogue,
  negativeSampler,
  prefixBatches,
  type SequenceBatch,
  type Sequences,
  sequenceBatches,
  trainingSequences,
} from '../data/index.ts'
import {
  adam,
  logitsPerTarget,
  needsNegatives,
  type objectiveOptions,
  rankingLoss,
  type SequenceRanker,
  type sequenceOptions,
  spectralTable,
  trainEpochs,
  type trainingOptions,
} from '../nn/index.ts'

type SharedOptions = ReturnType<typeof sequenceOptions> &
  ReturnType<typeof objectiveOptions> &
  ReturnType<typeof trainingOptions>

/** The options that every sequence model has, whatever else it has. */
export type SequenceConfig = output<ZodObject<SharedOptions>> & {
  /** d, the width of item embeddings. */
  readonly width: number
  readonly dropout: number
}

/** One epoch of batches. */
export type BatchMaker = (sequences: Sequences, options: BatchOptions) => Iterable<SequenceBatch>

export interface SequenceTraining {
  readonly name: string
  readonly deviation: number
  readonly batches?: BatchMaker | undefined
}

/**
 * Trains a sequence model on the next items of the training part, by the ranking objective of its config: after every
 * position, or after every prefix where its encoder looks at the whole history (`targets: 'last'`); or on the model's own batches.
 * @param options `name` labels the random streams; `deviation` is that of the entries of a spectral start
 */
export async function* trainSequences(
  model: SequenceRanker,
  config: SequenceConfig,
  context: TrainContext,
  { name, deviation, batches }: SequenceTraining,
) {
  const { dataset, split, seed } = context
  const { targets, unrolled = false } = model.encoder
  const rng = createRng(seed).split(name, 'train')
  const sequences = trainingSequences(dataset, split)
  if (config.initialization === 'spectral' && context.resume === undefined)
    spectralTable(model.table.tensor.data, config.width, sequences, deviation, rng)
  const negatives = needsNegatives(config.loss) ? negativeSampler(dataset, config.negatives) : undefined
  const catalogue = lossCatalogue(dataset, split, config.negatives)
  const trainer = model.trainer({
    loss: (states, table) => rankingLoss(config.loss, states, table, catalogue, config),
    optimizer: adam(config),
    dense: config.adam === 'dense',
    logitsPerTarget: logitsPerTarget(config.loss, catalogue, config),
  })
  const epochOf = batches ?? (targets === 'last' ? prefixBatches : sequenceBatches)
  yield* trainEpochs(
    {
      ...config,
      weights: model.weights(),
      moments: trainer.moments,
      batches: (epoch) => {
        const order = { bucket: true, roundLengths: unrolled, rng: rng.split('epoch', epoch) }
        return [...epochOf(sequences, { ...config, ...order })]
      },
      step: (batch, epoch, step) =>
        trainer.step(batch, negatives?.forBatch(batch, rng.split('epoch', epoch)), rng.split('step', epoch, step)),
      size: (batch) => batch.size,
      validate: () => context.validate(model),
    },
    context,
  )
}
