import type { output, ZodObject } from 'zod'
import { type Model, type NamedTensors, type TrainContext, TributaryError } from '../../core/index.ts'
import {
  type BatchOptions,
  lossCatalogue,
  negativeSampler,
  prefixBatches,
  type SequenceBatch,
  type Sequences,
  sequenceBatches,
  trainingSequences,
} from '../../data/index.ts'
import { createRng, type Rng, spectralTable } from '../../math/index.ts'
import { adam, type EmbeddingTable, trainEpochs } from '../../nn/index.ts'
import {
  logitsPerTarget,
  needsNegatives,
  type objectiveOptions,
  rankingLoss,
  type sequenceOptions,
  type trainingOptions,
} from '../ranking/index.ts'
import type { SequenceRanker } from './ranker.ts'

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

/** What changes a model by one batch. */
export interface SequenceTrainer {
  /** Whatever changes beside the weights. */
  readonly state: NamedTensors
  /** One update, the `step`-th of its epoch from 1; `rng` fixes all that it draws. Returns the loss terms by name. */
  step(
    batch: SequenceBatch,
    negatives: Int32Array | undefined,
    rng: Rng,
    step: number,
  ): Promise<Readonly<Record<string, number>>>
}

export interface SequenceTraining {
  /** Labels the random streams. */
  readonly name: string
  /** Of the entries of a spectral start. */
  readonly deviation: number
  readonly batches?: BatchMaker | undefined
}

/**
 * Trains a sequence model on the next items of the training part, by the ranking objective of its config: after every
 * position, or after every prefix where its encoder looks at the whole history (`targets: 'last'`); or on the model's own batches.
 */
export async function* trainSequences(
  model: SequenceRanker,
  config: SequenceConfig,
  context: TrainContext,
  { name, deviation, batches }: SequenceTraining,
) {
  const { targets, unrolled } = model.encoder
  const catalogue = lossCatalogue(context.dataset, context.split, config.negatives)
  const trainer = model.trainer({
    loss: (states, table) => rankingLoss(config.loss, states, table, catalogue, config),
    optimizer: adam(config),
    dense: config.adam === 'dense',
    logitsPerTarget: logitsPerTarget(config.loss, catalogue, config),
  })
  const epochOf = batches ?? (targets === 'last' ? prefixBatches : sequenceBatches)
  yield* trainOnSequences(model, config, context, { name, deviation, batches: epochOf, unrolled, trainer })
}

/** The same data, start and epochs, by a trainer of the model's own. */
export async function* trainOnSequences(
  model: Model & { readonly table: EmbeddingTable },
  config: Omit<SequenceConfig, 'sequences'>,
  context: TrainContext,
  options: SequenceTraining & { readonly unrolled?: boolean | undefined; readonly trainer: SequenceTrainer },
) {
  const { name, deviation, batches: epochOf = sequenceBatches, unrolled = false, trainer } = options
  const { dataset, split, seed } = context
  const rng = createRng(seed).split(name, 'train')
  const sequences = trainingSequences(dataset, split)
  if (config.initialization === 'spectral' && context.resume === undefined)
    await spectralTable(model.table.tensor.data, config.width, sequences, deviation, rng, context.signal)
  const negatives = needsNegatives(config.loss) ? negativeSampler(dataset, config.negatives) : undefined
  yield* trainEpochs(
    {
      ...config,
      weights: model.weights(),
      state: trainer.state,
      batches: (epoch) => {
        const order = { bucket: true, roundLengths: unrolled, rng: rng.split('epoch', epoch) }
        return [...epochOf(sequences, { ...config, ...order })]
      },
      step(batch, epoch, step) {
        const drawn = negatives?.forBatch(batch, rng.split('epoch', epoch))
        return trainer.step(batch, drawn, rng.split('step', epoch, step), step)
      },
      size: (batch) => batch.size,
      validate: () => context.validate(model),
    },
    context,
  )
}

/** The most logits that a step may hold which cannot be run in parts: 512 MB. */
const MAX_LOGITS = 128_000_000

/** @throws TributaryError `bad-config` for a step that would not fit into memory */
export function refuseLargeStep({ size }: Pick<SequenceBatch, 'size'>, logits: number): void {
  if (logits > MAX_LOGITS)
    throw new TributaryError(
      'bad-config',
      `a step of ${size} sequences would hold ${logits} logits; set loss=sampled-softmax, or a smaller batchSize`,
    )
}
