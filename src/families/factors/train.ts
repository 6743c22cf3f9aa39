import type { Model, TrainContext, TrainEvent } from '../../core/index.ts'
import { negativeSampler } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { trainEpochs } from '../../nn/index.ts'
import { needsNegatives, type RankingStep } from '../ranking/index.ts'
import { type Pairs, pairBatches } from './batches.ts'
import type { FactorConfig } from './options.ts'

/**
 * Epochs of steps over pairs, each with one negative a target where the loss needs them.
 * @param name labels the random streams
 */
export async function* trainOnPairs(
  name: string,
  model: Model,
  config: Omit<FactorConfig, 'width' | 'adam'>,
  context: TrainContext,
  pairs: Pairs,
  step: RankingStep,
): AsyncGenerator<TrainEvent> {
  const rng = createRng(context.seed).split(name, 'train')
  const negatives = needsNegatives(config.loss) ? negativeSampler(context.dataset, config.negatives) : undefined
  yield* trainEpochs(
    {
      ...config,
      weights: model.weights(),
      state: step.state,
      batches: (epoch) => pairBatches(pairs, config.batchSize, rng.split('epoch', epoch)),
      step(batch, epoch, n) {
        const own = rng.split('step', epoch, n)
        return step.run(batch, negatives?.forBatch(batch, own), own, n)
      },
      size: (batch) => batch.size,
      validate: () => context.validate(model),
    },
    context,
  )
}
