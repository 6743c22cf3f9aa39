import type { TrainContext, TrainEvent } from '../../core/index.ts'
import { negativeSampler, trainingSequences } from '../../data/index.ts'
import { createRng, spectralTable } from '../../math/index.ts'
import { trainEpochs } from '../../nn/index.ts'
import { needsNegatives, type RankingStep } from '../ranking/index.ts'
import type { BatchMaker } from './batches.ts'
import { chooseShares, isBlended } from './blend.ts'
import type { SequenceModel } from './define.ts'
import { ownSequences } from './histories.ts'
import { chooseMemory, isRemembering } from './memory.ts'
import type { LearningConfig, SequenceConfig } from './options.ts'

/**
 * Epochs of steps over the training sequences: item vectors start from who consumed what where that is asked for, and each batch gets one
 * negative a target where its loss needs them. A model that answers from two histories is given its shares at the end.
 */
export async function* trainOnSequences(
  model: Pick<SequenceModel, 'name' | 'itemDeviation' | 'table' | 'weights' | 'score'>,
  config: LearningConfig & Partial<Pick<SequenceConfig, 'histories'>>,
  context: TrainContext,
  batchesOf: BatchMaker,
  step: RankingStep,
): AsyncGenerator<TrainEvent> {
  const { dataset, split, seed } = context
  const rng = createRng(seed).split(model.name, 'train')
  const mixed = trainingSequences(dataset, split)
  const { histories = 'mixed' } = config
  const sequences = histories === 'mixed' ? mixed : ownSequences(mixed, dataset, histories)
  if (config.initialization === 'spectral' && context.resume === undefined && !context.warm)
    await spectralTable(model.table.tensor.data, config.width, mixed, model.itemDeviation, rng, context.signal)
  const negatives = needsNegatives(config.loss) ? negativeSampler(dataset, config.negatives) : undefined
  const events = trainEpochs(
    {
      ...config,
      weights: model.weights(),
      state: step.state,
      batches: (epoch) => [...batchesOf(sequences, { ...config, bucket: true, rng: rng.split('epoch', epoch) })],
      step(batch, epoch, n) {
        const drawn = negatives?.forBatch(batch, rng.split('epoch', epoch))
        return step.run(batch, drawn, rng.split('step', epoch, n), n)
      },
      trust: () => step.trust?.(),
      size: (batch) => batch.size,
      validate: () => context.validate(model),
    },
    context,
  )
  for await (const event of events) {
    // The weights are the best ones by now, and what is chosen for each domain still as at the start.
    if (event.type === 'done' && isBlended(model)) await chooseShares(model, dataset, config.metric, context)
    if (event.type === 'done' && isRemembering(model)) await chooseMemory(model, dataset, config.metric, context)
    yield event
  }
}
