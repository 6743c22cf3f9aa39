import { z } from 'zod'
import {
  createRng,
  type Dataset,
  defineModel,
  type ModelContext,
  RANK_METRIC_NAMES,
  type TrainContext,
} from '../core/index.ts'
import { lossCatalogue, negativeSampler, sequenceBatches, trainingSequences } from '../data/index.ts'
import {
  adam,
  createParameters,
  createSequenceRanker,
  createTable,
  type EncoderInputs,
  gruStep,
  gruWeights,
  linear,
  logitsPerTarget,
  needsNegatives,
  normal,
  type Parameters,
  RANKING_LOSSES,
  rankingLoss,
  type SequenceRanker,
  singleDomainTwins,
  spectralTable,
  trainEpochs,
  uniform,
} from '../nn/index.ts'
import { concat, constant, expand, reshape, type Sym, slice } from '../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of embeddings'),
  hidden: z.int().min(1).default(128).describe('width of the recurrent state'),
  layers: z.int().min(1).default(1).describe('recurrent layers'),
  dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of the input embeddings'),
  maxLength: z.int().min(1).default(50).describe('T, how many of the most recent items are looked at'),
  initialization: z
    .enum(['spectral', 'random'])
    .default('spectral')
    .describe('where item vectors start: from who consumed what (singular vectors of the log), or from noise'),
  loss: z
    .enum(RANKING_LOSSES)
    .default('softmax')
    .describe('ranking objective; softmax is over all that `negatives` allows'),
  samples: z.int().min(1).default(512).describe('items drawn per domain and batch by sampled-softmax'),
  negatives: z
    .enum(['domain', 'all'])
    .default('domain')
    .describe('what a target is told apart from: items of its domain, or of the whole catalogue'),
  sequences: z
    .enum(['mixed', 'single'])
    .default('mixed')
    .describe('one model over mixed sequences, or an independent model for each domain (its single-domain twin)'),
  learningRate: z.number().positive().default(0.003).describe('of Adam'),
  weightDecay: z.number().min(0).default(0).describe('L2 penalty inside Adam'),
  adam: z
    .enum(['dense', 'lazy'])
    .default('dense')
    .describe('whether Adam updates the whole table or touched rows only'),
  batchSize: z.int().min(1).default(128).describe('sequences in a step'),
  epochs: z.int().min(1).default(200).describe('most epochs'),
  patience: z.int().min(0).default(10).describe('epochs without gain on validation before stopping; 0 never stops'),
  metric: z.enum(RANK_METRIC_NAMES).default('ndcg@10').describe('validation metric that selects the weights'),
})
/** Standard deviation of item vectors before training. */
const ITEM_DEVIATION = 0.1

type Config = z.output<typeof config>

// Weights: `items` [V, d]; per layer `gru{i}/{input,state}/{weight,bias}`; `output` maps the state back to width d, so
// that it can be multiplied with item embeddings.
function create(config: Config, dataset: Dataset, { seed, threads }: ModelContext): SequenceRanker {
  const { width, maxLength, dropout } = config
  const rng = createRng(seed).split('gru4rec')
  const parameters = createParameters(rng)
  const table = createTable('items', dataset.items.size, width, normal(ITEM_DEVIATION), rng)
  const encoder = { encode: (inputs: EncoderInputs) => encode(config, parameters, inputs), unrolled: true }
  return createSequenceRanker({ encoder, parameters, table, maxLength, dropout, threads })
}

/** Item embeddings [B, T, d] → states [B, T, d]. The recurrence is unrolled, so T is a number here. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const { width, hidden, layers } = config
  const [B, T] = keep.shape as [string, number]
  const embedded = dropout.apply('embedding', rows)
  let inputs = Array.from({ length: T }, (_, t) => reshape(slice(embedded, 1, t, t + 1), [B, width])) // T × [B, d]
  const keeps = Array.from({ length: T }, (_, t) => slice(keep, 1, t, t + 1)) // T × [B, 1]
  for (let layer = 0; layer < layers; layer++) {
    const bound = uniform(1 / Math.sqrt(hidden))
    const weights = gruWeights(parameters, `gru${layer}`, [layer === 0 ? width : hidden, hidden], bound)
    let state = expand(constant(0), [B, hidden])
    inputs = inputs.map((x, t) => {
      state = gruStep(weights, x, state, keeps[t]!)
      return state
    })
  }
  const states = concat(
    inputs.map((state) => reshape(state, [B, 1, hidden])),
    1,
  ) // [B, T, hidden]
  return linear(parameters, 'output', states, [hidden, width], normal(1 / Math.sqrt(hidden)))
}

async function* train(model: SequenceRanker, config: Config, context: TrainContext) {
  const { dataset, split, seed } = context
  const rng = createRng(seed).split('gru4rec', 'train')
  const sequences = trainingSequences(dataset, split)
  if (config.initialization === 'spectral' && context.resume === undefined)
    spectralTable(model.table.tensor.data, config.width, sequences, ITEM_DEVIATION, rng)
  const negatives = needsNegatives(config.loss) ? negativeSampler(dataset, config.negatives) : undefined
  const catalogue = lossCatalogue(dataset, split, config.negatives)
  const trainer = model.trainer({
    loss: (states, table) => rankingLoss(config.loss, states, table, catalogue, config),
    optimizer: adam(config),
    dense: config.adam === 'dense',
    logitsPerTarget: logitsPerTarget(config.loss, catalogue, config),
  })
  yield* trainEpochs(
    {
      ...config,
      weights: model.weights(),
      moments: trainer.moments,
      batches: (epoch) => {
        const order = { bucket: true, roundLengths: true, rng: rng.split('epoch', epoch) }
        return [...sequenceBatches(sequences, { ...config, ...order })]
      },
      step: (batch, epoch, step) =>
        trainer.step(batch, negatives?.forBatch(batch, rng.split('epoch', epoch)), rng.split('step', epoch, step)),
      size: (batch) => batch.size,
      validate: () => context.validate(model),
    },
    context,
  )
}

export const gru4rec = defineModel({
  name: 'gru4rec',
  task: 'ranking',
  summary: 'a gated recurrent unit over the history, mixed over all domains or one model a domain',
  paper: { title: 'Session-based Recommendations with Recurrent Neural Networks', year: 2016, venue: 'ICLR' },
  config,
  ...singleDomainTwins(create, train),
})
