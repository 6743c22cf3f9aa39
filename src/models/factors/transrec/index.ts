import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type ModelContext,
  type NamedTensors,
  type TrainContext,
} from '../../../core/index.ts'
import { trainingSequences } from '../../../data/index.ts'
import {
  factorOptions,
  scoreVectors,
  trainOnPairs,
  transitions,
  userRow,
  userTable,
} from '../../../families/factors/index.ts'
import { lossCatalogue, rankingLoss, singleDomainTwins } from '../../../families/ranking/index.ts'
import { sequenceOptions } from '../../../families/sequence/index.ts'
import { createRng, spectralTable } from '../../../math/index.ts'
import {
  adam,
  createParameters,
  createTable,
  type EmbeddingTable,
  gatheredRows,
  gradientStep,
  loadWeights,
  normal,
  type Parameters,
  type TableRead,
  zeros,
} from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { createPrograms, input, type Programs } from '../../../tensor/index.ts'
import { distanceTable, toUnitLength, vectorOf } from './distance-table.ts'

const { initialization, sequences } = sequenceOptions()

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the dimensions of the space in which users move from item to item'),
  initialization,
  sequences,
  ...factorOptions({ unit: 'transitions' }),
})
type Config = z.output<typeof config>

interface TransRec extends Model {
  readonly items: EmbeddingTable
  readonly biases: EmbeddingTable
  readonly users: EmbeddingTable
  readonly parameters: Parameters
  readonly programs: Programs
}

// Weights: `items` γ [V, d], in the unit ball; `biases` β [V, 1]; `translation` t [d]; `users` t_u [U + 1, d].
function create({ width }: Config, dataset: Dataset, { seed, threads, serving }: ModelContext): TransRec {
  const rng = createRng(seed).split('transrec')
  const parameters = createParameters(rng)
  parameters.declare('translation', [width], zeros)
  const items = createTable('items', dataset.items.size, width, normal(1), rng)
  for (let item = 1; item < items.rows; item++) toUnitLength(vectorOf(items, item))
  const biases = createTable('biases', dataset.items.size, 1, zeros, rng)
  const users = userTable(dataset, width, zeros, rng)
  const weights = (): NamedTensors =>
    new Map([...[items, biases, users].map((table) => [table.name, table.tensor] as const), ...parameters.tensors])
  const programs = createPrograms({ threads, spin: !serving })
  const translation = parameters.tensors.get('translation')!.data
  return {
    items,
    biases,
    users,
    parameters,
    programs,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    score: scoreVectors({
      programs,
      width,
      scores: distances(width),
      block: ({ start, end }) => ({ block: items.range(start, end), bias: biases.range(start, end) }),
      vectors:
        () =>
        ({ user, history }) => {
          // PAD's row is zero: without a history a user starts from the origin. So is that of no user: a stranger moves by t alone.
          const from = vectorOf(items, history.at(-1) ?? 0)
          const offset = vectorOf(users, user === undefined ? 0 : userRow(user))
          return from.map((x, k) => x + translation[k] + offset[k]) // γ_i + t + t_u
        },
    }),
    dispose: () => programs.dispose(),
  }
}

/** q [B, d] → β_v − ‖q − γ_v‖² for a range of items, [B, R]. */
function distances(width: number): t.Sym {
  const q = input('states', ['B', width])
  const block = input('block', ['R', width])
  const bias = t.reshape(input('bias', ['R', 1]), ['R'])
  const product = t.matmul(q, block, { transposeB: true, scale: 2 })
  const squares = t.sum(t.square(q), 1, { keepDims: true })
  return t.add(product, t.subtract(t.subtract(bias, t.sum(t.square(block), 1)), squares))
}

async function* train(model: TransRec, config: Config, context: TrainContext) {
  const { dataset, split, seed, signal } = context
  const { items, biases, users, parameters, programs } = model
  const { width } = items
  const sequences = trainingSequences(dataset, split)
  const rng = createRng(seed).split('transrec', 'train')
  // A deviation of 1 / √d is a length of about 1; what is longer is brought into the ball before the first step.
  if (config.initialization === 'spectral' && context.resume === undefined && !context.warm)
    await spectralTable(items.tensor.data, width, sequences, 1 / Math.sqrt(width), rng, signal)
  const distances = distanceTable(items, biases)

  const from = t.gather(items.symbol, input('origins', ['N'], 'int32')) // γ_i [N, d]
  const offsets = t.gather(users.symbol, input('movers', ['N'], 'int32')) // t_u [N, d]
  const translation = parameters.symbols.get('translation')! // t [d]
  const q = t.add(t.add(from, translation), offsets) // γ_i + t + t_u
  const one = t.expand(t.constant(1), ['N', 1])
  const states = t.concat([t.multiply(q, 2), one, t.negate(t.sum(t.square(q), 1, { keepDims: true }))], 1)
  const ranking = rankingLoss(config.loss, states, distances, lossCatalogue(context, config.negatives), config)
  const origins: TableRead = {
    table: distances,
    rows: from,
    back: (gradient, feeds) => distances.addOrigins(feeds.origins.data as Int32Array, gradient),
  }
  const update = gradientStep({
    loss: ranking.loss,
    parameters,
    reads: [origins, gatheredRows(users, offsets, 'movers'), ...ranking.reads],
    optimizer: adam(config),
    dense: config.adam === 'dense',
    programs,
  })
  yield* trainOnPairs('transrec', model, config, context, transitions(sequences), {
    state: update.state,
    async run({ size, user, items: previous, targets }, negatives, rng, step) {
      if (step === 1) distances.refresh() // weights may come from a checkpoint
      const { loss } = await update.run({
        items: items.tensor, // read as origins, changed through the distances
        origins: { shape: [size], data: previous },
        movers: { shape: [size], data: user.map(userRow) },
        ...ranking.feeds({ items: targets, negatives, total: size }, rng.split('loss')),
      })
      return { loss }
    },
  })
}

export const transrec = defineModel({
  name: 'transrec',
  task: 'ranking',
  summary: 'users as translations from the previous item to the next, in a space of distances',
  paper: { title: 'Translation-based Recommendation', year: 2017, venue: 'RecSys' },
  config,
  ...singleDomainTwins(create, train),
})
