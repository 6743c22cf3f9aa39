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
import { lossCatalogue, negativeSampler, type SequenceBatch } from '../../data/index.ts'
import { needsNegatives, objectiveOptions, rankingLoss, trainingOptions } from '../../families/ranking/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { adam, createTable, type EmbeddingTable, loadWeights, normal, trainEpochs } from '../../nn/index.ts'
import { compile, gather, grad, input, matmul, type Program } from '../../tensor/index.ts'

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
  /** Compiles a graph that is disposed of with the model. */
  own(program: Program): Program
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
  const programs: Program[] = []
  let product: Promise<Program> | undefined
  const own = (program: Program) => {
    programs.push(program)
    return program
  }
  return {
    users,
    items,
    own,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    async score(queries, range) {
      const state = input('states', ['B', config.width])
      const block = input('block', ['R', config.width])
      product ??= compile({ scores: matmul(state, block, { transposeB: true }) }, { threads }).then(own)
      return score(await product, users, items, learned, queries, range)
    },
    async dispose() {
      await Promise.all(programs.splice(0).map((program) => program.dispose()))
    },
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
  const { dataset, split, seed, threads } = context
  const { users, items } = model
  const rng = createRng(seed).split('bprmf', 'train')
  const negatives = needsNegatives(config.loss) ? negativeSampler(dataset, config.negatives) : undefined
  const catalogue = lossCatalogue(dataset, split, config.negatives)
  const states = gather(users.symbol, input('ids', ['N'], 'int32')) // [N, d]
  const objective = rankingLoss(config.loss, states, items, catalogue, config)
  const gradients = grad(objective.loss, [states, ...objective.reads])
  const outputs = { loss: objective.loss, ...Object.fromEntries(gradients.map((g, i) => [`gradient${i}`, g])) }
  const program = model.own(await compile(outputs, { threads }))
  const optimizer = adam(config)
  for (const table of [users, items]) table.register(optimizer)
  const dense = config.adam === 'dense'

  yield* trainEpochs(
    {
      ...config,
      weights: model.weights(),
      moments: optimizer.moments,
      batches: (epoch) => interactionBatches(dataset, split, config.batchSize, rng.split('epoch', epoch)),
      async step(batch, epoch, step) {
        const own = rng.split('step', epoch, step)
        const ids = batch.user.map(userRow)
        const sampled = negatives?.forBatch(batch, own)
        const out = await program.run({
          users: users.tensor,
          items: items.tensor,
          ids: { shape: [batch.size], data: ids },
          ...objective.feeds({ items: batch.targets, negatives: sampled, total: batch.size }, own.split('loss')),
        })
        const gradient = (i: number) => out[`gradient${i}`].data as Float32Array
        users.addRows(ids, gradient(0))
        objective.accumulate(objective.reads.map((_, i) => gradient(1 + i)))
        optimizer.begin()
        users.apply(optimizer, { dense })
        items.apply(optimizer, { dense })
        return { loss: out.loss.data[0] }
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
