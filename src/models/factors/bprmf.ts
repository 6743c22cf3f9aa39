import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  type ItemRange,
  learnedIds,
  type Model,
  type ModelContext,
  type NamedTensors,
  Part,
  type Query,
  type Split,
  type TrainContext,
} from '../../core/index.ts'
import { negativeSampler, type SequenceBatch } from '../../data/index.ts'
import {
  lossCatalogue,
  needsNegatives,
  objectiveOptions,
  rankingLoss,
  trainingOptions,
} from '../../families/ranking/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import {
  adam,
  createTable,
  type EmbeddingTable,
  gatheredRows,
  gradientStep,
  loadWeights,
  normal,
  trainEpochs,
} from '../../nn/index.ts'
import { createPrograms, gather, input, matmul, type Program, type Programs } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of user and item vectors'),
  ...objectiveOptions({ loss: 'bpr' }),
  ...trainingOptions({
    learningRate: 0.003,
    weightDecay: 0.0001,
    adam: 'lazy',
    batchSize: 1024,
    unit: 'interactions',
    epochs: 300,
    patience: 20,
  }),
})
type Config = z.output<typeof config>

interface BprMf extends Model {
  readonly users: EmbeddingTable
  readonly items: EmbeddingTable
  readonly programs: Programs
}

/** Users stand in rows 1 …, because row 0 of a table never learns. */
const userRow = (user: number) => user + 1

// Weights: `users` [U + 1, d] and `items` [V, d].
function create(config: Config, dataset: Dataset, split: Split, { seed, threads }: ModelContext): BprMf {
  const rng = createRng(seed).split('bprmf')
  const { users: learned } = learnedIds(dataset, split)
  const deviation = normal(0.1 / Math.sqrt(config.width))
  const users = createTable('users', dataset.users.size + 1, config.width, deviation, rng)
  const items = createTable('items', dataset.items.size, config.width, deviation, rng)
  const weights = (): NamedTensors => new Map([users, items].map((table) => [table.name, table.tensor]))
  const programs = createPrograms({ threads })
  const product = matmul(input('states', ['B', config.width]), input('block', ['R', config.width]), {
    transposeB: true,
  })
  return {
    users,
    items,
    programs,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    async score(queries, range) {
      return score(await programs.compile({ scores: product }, 'scores'), users, items, learned, queries, range)
    },
    dispose: () => programs.dispose(),
  }
}

/** user · item. A stranger is the mean of all users who learned, whose order of items is close to their popularity. */
async function score(
  product: Program,
  users: EmbeddingTable,
  items: EmbeddingTable,
  learned: Uint8Array,
  queries: readonly Query[],
  range: ItemRange,
): Promise<Float32Array> {
  const { width } = users
  // A product with one row is computed in another order than with several, and would differ in its last bits.
  const rows = Math.max(2, queries.length)
  const states = new Float32Array(rows * width)
  let stranger: Float32Array | undefined
  for (const [i, { user }] of queries.entries()) {
    if (user === undefined) stranger ??= meanUser(users, learned)
    states.set(user === undefined ? stranger! : users.range(userRow(user), userRow(user) + 1).data, i * width)
  }
  const { scores } = await product.run({
    states: { shape: [rows, width], data: states },
    block: items.range(range.start, range.end),
  })
  return (scores.data as Float32Array).subarray(0, queries.length * (range.end - range.start))
}

function meanUser({ width, tensor }: EmbeddingTable, learned: Uint8Array): Float32Array {
  const mean = new Float32Array(width)
  const count = learned.reduce((total, known) => total + known, 0)
  for (const [user, known] of learned.entries())
    for (let i = 0; i < width && known === 1; i++) mean[i] = mean[i] + tensor.data[userRow(user) * width + i] / count
  return mean
}

/** Training interactions as batches of one target each: [N] users and items. */
function interactionBatches({ log }: Dataset, split: Split, batchSize: number, rng: Rng): SequenceBatch[] {
  const rows: number[] = []
  for (let row = 0; row < log.length; row++) if (split.part[row] === Part.train) rows.push(row)
  rng.shuffle(rows)
  const batches: SequenceBatch[] = []
  for (let start = 0; start < rows.length; start += batchSize) {
    const chosen = rows.slice(start, start + batchSize)
    const user = Int32Array.from(chosen, (row) => log.user[row])
    const targets = Int32Array.from(chosen, (row) => log.item[row])
    batches.push({ size: chosen.length, length: 1, user, items: targets, targets })
  }
  return batches
}

async function* train(model: BprMf, config: Config, context: TrainContext) {
  const { dataset, split, seed } = context
  const { users, items } = model
  const rng = createRng(seed).split('bprmf', 'train')
  const negatives = needsNegatives(config.loss) ? negativeSampler(dataset, config.negatives) : undefined
  const catalogue = lossCatalogue(context, config.negatives)
  const states = gather(users.symbol, input('ids', ['N'], 'int32')) // [N, d]
  const objective = rankingLoss(config.loss, states, items, catalogue, config)
  const update = gradientStep({
    loss: objective.loss,
    reads: [gatheredRows(users, states, 'ids'), ...objective.reads],
    optimizer: adam(config),
    dense: config.adam === 'dense',
    programs: model.programs,
  })

  yield* trainEpochs(
    {
      ...config,
      weights: model.weights(),
      state: update.state,
      batches: (epoch) => interactionBatches(dataset, split, config.batchSize, rng.split('epoch', epoch)),
      async step(batch, epoch, step) {
        const own = rng.split('step', epoch, step)
        const sampled = negatives?.forBatch(batch, own)
        const { loss } = await update.run({
          ids: { shape: [batch.size], data: batch.user.map(userRow) },
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

export const bprmf = defineModel({
  name: 'bprmf',
  task: 'ranking',
  summary: 'matrix factorization: a vector for each user and item, learned by comparing pairs',
  paper: { title: 'BPR: Bayesian Personalized Ranking from Implicit Feedback', year: 2009, venue: 'UAI' },
  config,
  create,
  train,
})
