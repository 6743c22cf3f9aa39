import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type ModelContext,
  type NamedTensors,
  type TrainContext,
  type TrainEvent,
} from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import {
  createParameters,
  createTable,
  type EmbeddingTable,
  loadWeights,
  normal,
  type Parameters,
} from '../../nn/index.ts'
import { createPrograms, type Programs } from '../../tensor/index.ts'
import { singleDomainTwins } from '../ranking/index.ts'
import type { SequenceEncoder } from './encoder.ts'
import type { SequenceConfig } from './options.ts'
import { encodeHistories } from './score.ts'

/** What one sequence model brings. */
export interface SequenceSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  /** With `sequenceOptions`, `objectiveOptions`, `trainingOptions`, `width` and `dropout` among its options. */
  readonly config: C
  /** Standard deviation of the entries of item vectors before training. */
  readonly itemDeviation: number
  /** Histories → states, with weights that it declares when it encodes first. */
  encoder(config: output<C>, parameters: Parameters, dataset: Dataset): SequenceEncoder
  /** Names its loss, its batches and its step. */
  train(model: SequenceModel, config: output<C>, context: TrainContext): AsyncGenerator<TrainEvent>
}

/** A model that ranks by state · item embedding. Its weights are `items` [V, d] and those of the encoder. */
export interface SequenceModel extends Model {
  /** Labels the random streams. */
  readonly name: string
  readonly itemDeviation: number
  readonly table: EmbeddingTable
  readonly parameters: Parameters
  readonly encoder: SequenceEncoder
  readonly programs: Programs
}

/** Tables, scoring and `sequences=single` around the encoder and the training of a paper. */
export function defineSequenceModel<C extends ZodObject & ZodType<SequenceConfig>>(given: SequenceSpec<C>) {
  const { encoder, train, itemDeviation, ...spec } = given
  const create = (config: output<C>, dataset: Dataset, context: ModelContext) =>
    createSequenceModel({ name: spec.name, itemDeviation }, config, dataset, context, (parameters) =>
      encoder(config, parameters, dataset),
    )
  return defineModel({ ...spec, task: 'ranking', ...singleDomainTwins(create, train) })
}

export function createSequenceModel(
  { name, itemDeviation }: Pick<SequenceModel, 'name' | 'itemDeviation'>,
  { width, maxLength }: Pick<SequenceConfig, 'width' | 'maxLength'>,
  dataset: Dataset,
  { seed, threads }: ModelContext,
  makeEncoder: (parameters: Parameters) => SequenceEncoder,
): SequenceModel {
  const rng = createRng(seed).split(name)
  const parameters = createParameters(rng)
  const table = createTable('items', dataset.items.size, width, normal(itemDeviation), rng)
  const encoder = makeEncoder(parameters)
  const programs = createPrograms({ threads })
  const weights = (): NamedTensors => new Map([[table.name, table.tensor], ...parameters.tensors])
  return {
    name,
    itemDeviation,
    table,
    parameters,
    encoder,
    programs,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    score: encodeHistories({ encoder, parameters, table, maxLength, programs }),
    dispose: () => programs.dispose(),
  }
}
