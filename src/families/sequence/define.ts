import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Split,
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
import { type AskedDomain, askedDomain, toldEncoder } from './asked.ts'
import { blended } from './blend.ts'
import type { SequenceEncoder } from './encoder.ts'
import { askedOfOwn, ownQuery } from './histories.ts'
import { withMemory } from './memory.ts'
import type { SequenceConfig } from './options.ts'
import { historyEncoder, historyStates, scoreStates } from './score.ts'

/** What one sequence model brings. */
export interface SequenceSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  /** With `sequenceOptions`, `objectiveOptions`, `trainingOptions`, `width` and `dropout` among its options. */
  readonly config: C
  /** As `ModelSpec` says. */
  readonly undivided?: string
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
  /** Told of `asked`. */
  readonly encoder: SequenceEncoder
  readonly asked: AskedDomain
  readonly programs: Programs
}

/** Tables, scoring, `sequences=single`, `histories` and `ask` around the encoder and the training of a paper. */
export function defineSequenceModel<C extends ZodObject & ZodType<SequenceConfig>>(given: SequenceSpec<C>) {
  const { encoder, train, itemDeviation, ...spec } = given
  const create = (config: output<C>, dataset: Dataset, context: ModelContext, split: Split) => {
    const model = createSequenceModel({ name: spec.name, itemDeviation }, config, dataset, context, (parameters) =>
      encoder(config, parameters, dataset),
    )
    return withMemory(model, config, dataset, split)
  }
  return defineModel({ ...spec, task: 'ranking', ...singleDomainTwins(create, train) })
}

export function createSequenceModel(
  { name, itemDeviation }: Pick<SequenceModel, 'name' | 'itemDeviation'>,
  config: Pick<SequenceConfig, 'width' | 'maxLength' | 'ask'> & Partial<Pick<SequenceConfig, 'histories'>>,
  dataset: Dataset,
  { seed, threads, serving }: ModelContext,
  makeEncoder: (parameters: Parameters) => SequenceEncoder,
): SequenceModel {
  const { width, histories = 'mixed' } = config
  const rng = createRng(seed).split(name)
  const parameters = createParameters(rng)
  const table = createTable('items', dataset.items.size, width, normal(itemDeviation), rng)
  const untold = makeEncoder(parameters)
  const asked = askedDomain(config, dataset, parameters, itemDeviation, untold.question !== undefined)
  const encoder = toldEncoder(untold, asked)
  const programs = createPrograms({ threads, spin: !serving })
  const weights = (): NamedTensors => new Map([[table.name, table.tensor], ...parameters.tensors])
  const states = historyStates({ ...config, encoder, parameters, table, programs, dataset, serving })
  const score = scoreStates({ table, programs }, states)
  const own = askedOfOwn(score, dataset)
  const model: SequenceModel = {
    name,
    itemDeviation,
    table,
    parameters,
    encoder,
    asked,
    programs,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    score: histories === 'own' ? own : score,
    can: {
      vectors: async () => ({
        width,
        byDomain: histories === 'own' || config.ask !== 'last',
        items: table.tensor.data,
        of: (queries) => states(histories === 'own' ? queries.map((query) => ownQuery(query, dataset)) : queries),
        from: [historyEncoder(model, config)],
      }),
    },
    dispose: () => programs.dispose(),
  }
  return histories === 'both' ? blended(model, own, dataset) : model
}
