import { z } from 'zod'
import { createRng, type Dataset, defineModel, type ModelContext, type TrainContext } from '../core/index.ts'
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
  objectiveOptions,
  type Parameters,
  rankingLoss,
  type SequenceRanker,
  sequenceOptions,
  singleDomainTwins,
  spectralTable,
  trainEpochs,
  trainingOptions,
  uniform,
} from '../nn/index.ts'
import { concat, constant, expand, reshape, type Sym, slice } from '../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of embeddings'),
  hidden: z.int().min(1).default(128).describe('width of the recurrent state'),
  layers: z.int().min(1).default(1).describe('recurrent layers'),
  dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of the input embeddings'),
  ...sequenceOptions(),
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({
    learningRate: 0.003,
    weightDecay: 0,
    adam: 'dense',
    batchSize: 128,
    unit: 'sequences',
    epochs: 200,
    patience: 10,
  }),
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
