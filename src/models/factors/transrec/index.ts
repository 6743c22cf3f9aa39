import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  type ItemRange,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Query,
  type TrainContext,
} from '../../../core/index.ts'
import { negativeSampler, type SequenceBatch, type Sequences, trainingSequences } from '../../../data/index.ts'
import {
  lossCatalogue,
  needsNegatives,
  objectiveOptions,
  rankingLoss,
  singleDomainTwins,
  trainingOptions,
} from '../../../families/ranking/index.ts'
import { sequenceOptions } from '../../../families/sequence/index.ts'
import { createRng, type Rng, spectralTable } from '../../../math/index.ts'
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
  trainEpochs,
  zeros,
} from '../../../nn/index.ts'
import {
  add,
  concat,
  constant,
  createPrograms,
  expand,
  gather,
  input,
  matmul,
  multiply,
  negate,
  type Program,
  type Programs,
  reshape,
  square,
  subtract,
  sum,
} from '../../../tensor/index.ts'
import { distanceTable, toUnitLength, vectorOf } from './distance-table.ts'

const { initialization, sequences } = sequenceOptions()

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the dimensions of the space in which users move from item to item'),
  initialization,
  sequences,
  ...objectiveOptions({ loss: 'bpr' }),
  ...trainingOptions({
    learningRate: 0.003,
    weightDecay: 0.0001,
    adam: 'lazy',
    batchSize: 1024,
    unit: 'transitions',
    epochs: 300,
    patience: 20,
  }),
})
type Config = z.output<typeof config>

interface TransRec extends Model {
  readonly items: EmbeddingTable
  readonly biases: EmbeddingTable
  readonly users: EmbeddingTable
  readonly parameters: Parameters
  readonly programs: Programs
}

/** Users stand in rows 1 …, because row 0 of a table never learns. */
const userRow = (user: number) => user + 1

// Weights: `items` γ [V, d], in the unit ball; `biases` β [V, 1]; `translation` t [d]; `users` t_u [U + 1, d].
function create({ width }: Config, dataset: Dataset, { seed, threads }: ModelContext): TransRec {
  const rng = createRng(seed).split('transrec')
  const parameters = createParameters(rng)
  parameters.declare('translation', [width], zeros)
  const items = createTable('items', dataset.items.size, width, normal(1), rng)
  for (let item = 1; item < items.rows; item++) toUnitLength(vectorOf(items, item))
  const biases = createTable('biases', dataset.items.size, 1, zeros, rng)
  const users = createTable('users', dataset.users.size + 1, width, zeros, rng)
  const weights = (): NamedTensors =>
    new Map([...[items, biases, users].map((table) => [table.name, table.tensor] as const), ...parameters.tensors])
  const programs = createPrograms({ threads })
  const distances = distancesGraph(width)
  const model: TransRec = {
    items,
    biases,
    users,
    parameters,
    programs,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    async score(queries, range) {
      return score(await programs.compile(distances, 'scores'), model, queries, range)
    },
    dispose: () => programs.dispose(),
  }
  return model
}

/** q [B, d] → β_v − ‖q − γ_v‖² for a range of items, [B, R]. */
function distancesGraph(width: number) {
  const q = input('states', ['B', width])
  const block = input('block', ['R', width])
  const bias = reshape(input('bias', ['R', 1]), ['R'])
  const product = matmul(q, block, { transposeB: true, scale: 2 })
  const offsets = subtract(subtract(bias, sum(square(block), 1)), sum(square(q), 1, { keepDims: true })) // [B, R]
  return { scores: add(product, offsets) }
}

async function score(distances: Program, model: TransRec, queries: readonly Query[], range: ItemRange) {
  const { items, biases, users, parameters } = model
  const { width } = items
  const translation = parameters.tensors.get('translation')!.data
  // A product with one row is computed in another order than with several, and would differ in its last bits.
  const rows = Math.max(2, queries.length)
  const states = new Float32Array(rows * width)
  for (const [i, { user, history }] of queries.entries()) {
    // PAD's row is zero: without a history a user starts from the origin. So is that of no user: a stranger moves by t alone.
    const from = vectorOf(items, history.at(-1) ?? 0)
    const offset = vectorOf(users, user === undefined ? 0 : userRow(user))
    for (let k = 0; k < width; k++) states[i * width + k] = from[k] + translation[k] + offset[k] // γ_i + t + t_u
  }
  const { scores } = await distances.run({
    states: { shape: [rows, width], data: states },
    block: items.range(range.start, range.end),
    bias: biases.range(range.start, range.end),
  })
  return (scores.data as Float32Array).subarray(0, queries.length * (range.end - range.start))
}

/** Neighbors in the training sequences as batches of one target each: from `items` [N] the users moved to `targets` [N]. */
function transitionBatches(sequences: Sequences, batchSize: number, rng: Rng): SequenceBatch[] {
  const { user, items, offsets } = sequences
  const from: number[] = []
  const mover: number[] = []
  for (let s = 0; s < user.length; s++)
    for (let i = offsets[s]; i + 1 < offsets[s + 1]; i++) {
      from.push(i)
      mover.push(user[s])
    }
  const order = rng.shuffle(Int32Array.from(from, (_, n) => n))
  const batches: SequenceBatch[] = []
  for (let start = 0; start < order.length; start += batchSize) {
    const chosen = order.subarray(start, start + batchSize)
    batches.push({
      size: chosen.length,
      length: 1,
      user: chosen.map((n) => mover[n]),
      items: chosen.map((n) => items[from[n]]),
      targets: chosen.map((n) => items[from[n] + 1]),
    })
  }
  return batches
}

async function* train(model: TransRec, config: Config, context: TrainContext) {
  const { dataset, split, seed } = context
  const { items, biases, users, parameters } = model
  const { width } = items
  const rng = createRng(seed).split('transrec', 'train')
  const sequences = trainingSequences(dataset, split)
  // A deviation of 1 / √d is a length of about 1; what is longer is brought into the ball before the first step.
  if (config.initialization === 'spectral' && context.resume === undefined)
    await spectralTable(items.tensor.data, width, sequences, 1 / Math.sqrt(width), rng, context.signal)
  const negatives = needsNegatives(config.loss) ? negativeSampler(dataset, config.negatives) : undefined
  const catalogue = lossCatalogue(context, config.negatives)
  const distances = distanceTable(items, biases)

  const from = gather(items.symbol, input('origins', ['N'], 'int32')) // γ_i [N, d]
  const offsets = gather(users.symbol, input('movers', ['N'], 'int32')) // t_u [N, d]
  const translation = parameters.symbols.get('translation')! // t [d]
  const q = add(add(from, translation), offsets) // γ_i + t + t_u
  const states = concat(
    [multiply(q, 2), expand(constant(1), ['N', 1]), negate(sum(square(q), 1, { keepDims: true }))],
    1,
  )
  const objective = rankingLoss(config.loss, states, distances, catalogue, config)
  const origins: TableRead = {
    table: distances,
    rows: from,
    back: (gradient, feeds) => distances.addOrigins(feeds.origins.data as Int32Array, gradient),
  }
  const update = gradientStep({
    loss: objective.loss,
    parameters,
    reads: [origins, gatheredRows(users, offsets, 'movers'), ...objective.reads],
    optimizer: adam(config),
    dense: config.adam === 'dense',
    programs: model.programs,
  })

  yield* trainEpochs(
    {
      ...config,
      weights: model.weights(),
      state: update.state,
      batches(epoch) {
        distances.refresh() // weights may come from a checkpoint
        return transitionBatches(sequences, config.batchSize, rng.split('epoch', epoch))
      },
      async step(batch, epoch, step) {
        const own = rng.split('step', epoch, step)
        const sampled = negatives?.forBatch(batch, own)
        const shape = [batch.size]
        const { loss } = await update.run({
          items: items.tensor, // read as origins, changed through the distances
          origins: { shape, data: batch.items },
          movers: { shape, data: batch.user.map(userRow) },
          ...objective.feeds({ items: batch.targets, negatives: sampled, total: batch.size }, own.split('loss')),
        })
        return { loss }
      },
      size: (batch) => batch.size,
      validate: () => context.validate(model),
    },
    context,
  )
}

export const transrec = defineModel({
  name: 'transrec',
  task: 'ranking',
  summary: 'users as translations from the previous item to the next, in a space of distances',
  paper: { title: 'Translation-based Recommendation', year: 2017, venue: 'RecSys' },
  config,
  ...singleDomainTwins(create, train),
})
