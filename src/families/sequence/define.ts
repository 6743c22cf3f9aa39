import type { output, ZodObject, ZodType } from 'zod'
import { type Dataset, defineModel, type ModelContext, type TrainContext } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { createParameters, createTable, normal, type Parameters } from '../../nn/index.ts'
import { singleDomainTwins } from '../ranking/index.ts'
import type { SequenceEncoder } from './encoder.ts'
import { createSequenceRanker, type SequenceRanker } from './ranker.ts'
import { type BatchMaker, type SequenceConfig, trainSequences } from './train.ts'

/** What one sequence model brings. */
export interface SequenceModel<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  /** With `sequenceOptions`, `objectiveOptions`, `trainingOptions`, `width` and `dropout` among its options. */
  readonly config: C
  /** Standard deviation of the entries of item vectors before training. */
  readonly itemDeviation: number
  /** Histories → states, with weights that it declares when it encodes first. */
  encoder(config: output<C>, parameters: Parameters, dataset: Dataset): SequenceEncoder
  /** What it trains on, where that is neither the next item after each position nor after each prefix. */
  batches?(config: output<C>): BatchMaker
}

/**
 * A model that ranks by state · item embedding. The paper's part is the encoder; tables, training, scoring and
 * `sequences=single` are the same for all of them. Its weights are `items` [V, d] and those of the encoder.
 */
export function sequenceModel<C extends ZodObject & ZodType<SequenceConfig>>(model: SequenceModel<C>) {
  const { encoder, batches, itemDeviation, ...spec } = model
  const { name } = spec
  const create = (config: output<C>, dataset: Dataset, { seed, threads }: ModelContext): SequenceRanker => {
    const rng = createRng(seed).split(name)
    const parameters = createParameters(rng)
    const table = createTable('items', dataset.items.size, config.width, normal(itemDeviation), rng)
    return createSequenceRanker({
      ...config,
      encoder: encoder(config, parameters, dataset),
      parameters,
      table,
      threads,
    })
  }
  const train = (ranker: SequenceRanker, config: output<C>, context: TrainContext) =>
    trainSequences(ranker, config, context, { name, deviation: itemDeviation, batches: batches?.(config) })
  return defineModel({ ...spec, task: 'ranking', ...singleDomainTwins(create, train) })
}
