import { z } from 'zod'
import { type Dataset, defineModel, type ModelContext, TributaryError } from '../../../core/index.ts'
import type { Histories } from '../../../data/index.ts'
import { objectiveOptions, singleDomainTwins, trainingOptions } from '../../../families/ranking/index.ts'
import {
  createSequenceModel,
  type EncoderInputs,
  headsDivideWidth,
  historyFeeds,
  itemDomainFeeds,
  sequenceOptions,
  withMemory,
} from '../../../families/sequence/index.ts'
import {
  causalMask,
  type Dropout,
  feedForward,
  layerNorm,
  normal,
  type Parameters,
  paddedCausalMask,
  positionRows,
  transformer,
} from '../../../nn/index.ts'
import { add, cast, type Dim, input, matmul, multiply, type Sym } from '../../../tensor/index.ts'
import { type CGRec, trainCgrec } from './train.ts'

/** Coalitions are bits of an integer. */
const MOST_DOMAINS = 30

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('Transformer blocks'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(256).describe('width inside feed-forward networks; the released code has 4 d'),
    activation: z.enum(['relu', 'gelu']).default('gelu').describe('activation of feed-forward networks'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings, attention, blocks and levels'),
    alpha: z.number().min(0).max(1).default(0.9).describe('α, how much of its standing a domain keeps in a step'),
    beta: z.number().min(0).default(0.1).describe('β, how much its Shapley value adds to its standing'),
    temperature: z
      .number()
      .positive()
      .default(0.2)
      .describe('δ of the weights, in units of the loss: smaller tells domains further apart'),
    every: z.int().min(1).default(1).describe('steps from one measurement of Shapley values to the next'),
    exactDomains: z
      .int()
      .min(0)
      .max(12)
      .default(6)
      .describe('domains up to which Shapley values are exact, in 2^D − 1 passes; above it they are sampled'),
    orders: z.int().min(1).default(1).describe('orders of the domains that sampled Shapley values are taken from'),
    coarse: z.number().min(0).default(0.1).describe("weight of the next item's domain, the coarse level, in the loss"),
    ablation: z
      .enum(['none', 'shapley', 'hierarchy'])
      .default('none')
      .describe('the part that is left out: Shapley weights (all are 1), or the coarse level'),
    ...sequenceOptions(),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

export type Config = z.output<typeof config>

// Weights: `items` [V, d]; `positions` [maxLength, d], counted from the right; `domains` [D, d], read at the input and, as
// the coarse level's classes, at the output; those of the Transformer and of the levels `coarse` and `fine`.
function create(config: Config, dataset: Dataset, context: ModelContext): CGRec {
  const D = dataset.domains.length
  if (D > MOST_DOMAINS)
    throw new TributaryError(
      'bad-argument',
      `cgrec plays games of at most ${MOST_DOMAINS} domains, but the dataset '${dataset.name}' has ${D}; train syncrec on it`,
    )
  const domainOf = new Int8Array(dataset.items.size).fill(-1)
  for (let d = 0; d < D; d++) domainOf.fill(d, dataset.domainStart[d], dataset.domainStart[d + 1])
  const feeds = (histories: Histories) => ({
    ...historyFeeds(histories),
    causal: { shape: [histories.length, histories.length], data: causalMask(histories.length) },
    ...itemDomainFeeds(histories, dataset),
  })
  const named = { name: 'cgrec', itemDeviation: 0.02 }
  const model = createSequenceModel(named, config, dataset, context, (parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs, D).fine,
    feeds,
  }))
  const { asked, parameters } = model
  return {
    ...model,
    domainOf,
    feeds: (histories) => ({ ...feeds(histories), ...asked.feeds(histories) }),
    hierarchy: (inputs) => encode(config, parameters, asked.inputs(inputs), D),
  }
}

/** Item embeddings [B, T, d] → states of the two levels, each [B, T, d]; `coarse` is absent where that level is left out. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs, D: number) {
  const { width, maxLength } = config
  const [B, T] = keep.shape as [Dim, Dim]
  const positions = positionRows(parameters, 'positions', T, [maxLength, width]) // [T, d]
  const domains = parameters.declare('domains', [D, width], normal(0.02))
  const ofItems = matmul(cast(input('itemDomains', [B, T, D], 'uint8'), 'float32'), domains) // [B, T, d]
  const x = dropout.apply('embedding', add(add(multiply(rows, Math.sqrt(width)), positions), ofItems))
  const mask = paddedCausalMask(keep, input('causal', [T, T]))
  const states = transformer(parameters, '', x, mask, { ...config, dropout })
  if (config.ablation === 'hierarchy') return { fine: states, coarse: undefined }
  const coarse = level(config, parameters, 'coarse', states, dropout)
  // What the next item's category is like joins what the next item is like.
  const fine = level(config, parameters, 'fine', add(states, coarse), dropout)
  const logits = matmul(coarse, domains, { transposeB: true }) // [B, T, D]
  return { fine, coarse: logits }
}

/** A level's own layer: norm(x + dropout(feedForward(x))). */
function level(config: Config, parameters: Parameters, name: string, x: Sym, dropout: Dropout): Sym {
  const fed = dropout.apply(`${name}/output`, feedForward(parameters, name, x, config))
  return layerNorm(parameters, `${name}/norm`, add(x, fed), config.width)
}

export const cgrec = defineModel({
  name: 'cgrec',
  task: 'ranking',
  summary: 'self-attention over mixed sequences, with each domain weighed by its Shapley value for the others',
  paper: {
    title:
      'Cracking the Code of Negative Transfer: A Cooperative Game Theoretic Approach for Cross-Domain Sequential Recommendation',
    year: 2023,
    venue: 'CIKM',
  },
  config,
  trusts: 'domain',
  ...singleDomainTwins(
    (config: Config, dataset, context, split) => withMemory(create(config, dataset, context), config, dataset, split),
    trainCgrec,
  ),
})
