import { z } from 'zod'
import { type Dataset, defineModel, type ModelContext, type Tensor, type TrainContext } from '../../../core/index.ts'
import { type Histories, sequenceBatches } from '../../../data/index.ts'
import {
  lossCatalogue,
  objectiveOptions,
  type RankingStep,
  rankingLoss,
  singleDomainTwins,
  trainingOptions,
} from '../../../families/ranking/index.ts'
import {
  createSequenceModel,
  type EncoderInputs,
  headsDivideWidth,
  historyFeeds,
  historyInputs,
  itemDomainFeeds,
  refuseLargeStep,
  type SequenceModel,
  sequenceOptions,
  trainOnSequences,
  withMemory,
} from '../../../families/sequence/index.ts'
import {
  adam,
  causalMask,
  gradientStep,
  type Parameters,
  paddedCausalMask,
  positionRows,
  transformer,
} from '../../../nn/index.ts'
import {
  add,
  cast,
  constant,
  type Dim,
  divide,
  grad,
  input,
  matmul,
  maximum,
  multiply,
  reshape,
  type Sym,
  stopGradient,
  subtract,
  sum,
} from '../../../tensor/index.ts'
import { paretoWeight } from './pareto.ts'

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('Transformer blocks'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(64).describe('width inside the feed-forward network'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings, attention and blocks'),
    balance: z
      .enum(['loss', 'gradient', 'fixed'])
      .default('loss')
      .describe(
        'what the Pareto weight multiplies: the attention across domains, as the released code does, or its gradient at the length of the ranking loss’s; fixed takes `attentionWeight` instead',
      ),
    attentionWeight: z
      .number()
      .min(0)
      .default(0.1)
      .describe('weight of the attention across domains where `balance` is fixed'),
    ...sequenceOptions(),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

type Config = z.output<typeof config>

interface AutoCdsr extends SequenceModel {
  /** Everything that the graph reads of histories. */
  feeds(histories: Histories): Record<string, Tensor>
  /** States [B, T, d], and the mean share of attention that goes to items of other domains, a scalar. */
  watched(inputs: EncoderInputs): { readonly states: Sym; readonly across: Sym }
}

// Weights: `items` [V, d]; `positions` [maxLength, d], counted from the right end; those of the Transformer.
function create(config: Config, dataset: Dataset, context: ModelContext): AutoCdsr {
  const D = dataset.domains.length
  const feeds = (histories: Histories) => ({
    ...historyFeeds(histories),
    causal: { shape: [histories.length, histories.length], data: causalMask(histories.length) },
    ...itemDomainFeeds(histories, dataset),
  })
  const named = { name: 'auto-cdsr', itemDeviation: 0.02 }
  const model = createSequenceModel(named, config, dataset, context, (parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs, D).states,
    feeds,
  }))
  const { asked, parameters } = model
  return {
    ...model,
    feeds: (histories) => ({ ...feeds(histories), ...asked.feeds(histories) }),
    watched: (inputs) => encode(config, parameters, asked.inputs(inputs), D),
  }
}

function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs, D: number) {
  const { width, maxLength, layers, heads } = config
  const [B, T] = keep.shape as [Dim, Dim]
  const positions = positionRows(parameters, 'positions', T, [maxLength, width]) // [T, d]
  const x = dropout.apply('embedding', add(multiply(rows, Math.sqrt(width)), positions))
  const mask = paddedCausalMask(keep, input('causal', [T, T]))
  const seen: Sym[] = []
  const watch = (weights: Sym) => seen.push(weights) // layers × [B, heads, T, T]
  const states = transformer(parameters, '', x, mask, { ...config, activation: 'relu', dropout, watch })

  const domains = cast(input('itemDomains', [B, T, D], 'uint8'), 'float32')
  const real = matmul(reshape(keep, [B, T, 1]), reshape(keep, [B, 1, T]))
  const other = subtract(real, matmul(domains, domains, { transposeB: true })) // 1 where two items are of two domains
  const shares = seen.map((weights) => sum(multiply(weights, reshape(other, [B, 1, T, T]))))
  const queries = multiply(maximum(sum(keep), 1), layers * heads)
  return {
    states,
    across: divide(
      shares.reduce((a, b) => add(a, b)),
      queries,
    ),
  }
}

/** Whether a weight decides who attends to whom: all but what comes after the last attention. */
function steersAttention(name: string, layers: number): boolean {
  const last = `block${layers - 1}/`
  return name.startsWith(last) ? /\/(norm1|query|key)\//.test(name) : !name.startsWith('norm/')
}

/** The step that lowers the ranking loss and, by the Pareto weight of the moment, the attention across domains. */
export function createTrainer(
  model: AutoCdsr,
  config: Config,
  context: Pick<TrainContext, 'dataset' | 'split'>,
): RankingStep {
  const { table, parameters, programs, watched, feeds } = model
  const { read, ...inputs } = historyInputs(table, 'T', config.dropout)
  const { states, across } = watched(inputs)
  const catalogue = lossCatalogue(context, config.negatives)
  const ranking = rankingLoss(config.loss, reshape(states, ['B*T', config.width]), table, catalogue, config)
  const weight = config.balance === 'fixed' ? constant(config.attentionWeight) : stopGradient(weightOf())
  const update = gradientStep({
    loss: add(ranking.loss, multiply(across, weight)),
    parameters,
    reads: [read, ...ranking.reads],
    optimizer: adam(config),
    dense: config.adam === 'dense',
    outputs: { ranking: multiply(ranking.loss, 1), across: multiply(across, 1), weighted: multiply(across, weight) },
    programs,
  })

  function weightOf(): Sym {
    const steering = [...parameters.symbols].filter(([name]) => steersAttention(name, config.layers))
    const symbols = steering.map(([, symbol]) => symbol)
    const { weight, lengths } = paretoWeight(grad(across, symbols), grad(ranking.loss, symbols))
    return config.balance === 'loss' ? weight : multiply(weight, lengths)
  }

  return {
    state: update.state,
    async run(batch, negatives, rng) {
      const { size, length, targets } = batch
      refuseLargeStep(batch, targets.length * ranking.logitsPerTarget)
      const total = targets.reduce((count, item) => count + (item === 0 ? 0 : 1), 0)
      const { loss, out } = await update.run({
        ...feeds(batch),
        ...ranking.feeds({ items: targets, negatives, total }, rng.split('loss')),
        ...inputs.dropout.masks(rng.split('dropout'), { B: size, T: length }),
      })
      const named = ['ranking', 'across', 'weighted'].map((name) => [name, out[name].data[0]])
      return { loss, ...Object.fromEntries(named) }
    },
  }
}

export const autoCdsr = defineModel({
  name: 'auto-cdsr',
  task: 'ranking',
  summary: 'self-attention over mixed sequences that attends across domains only as far as the ranking gains by it',
  paper: {
    title: 'Revisiting Self-attention for Cross-domain Sequential Recommendation',
    year: 2025,
    venue: 'KDD',
  },
  config,
  ...singleDomainTwins(
    (config: Config, dataset, context, split) => withMemory(create(config, dataset, context), config, dataset, split),
    (model: AutoCdsr, config: Config, context: TrainContext) =>
      trainOnSequences(model, config, context, sequenceBatches, createTrainer(model, config, context)),
  ),
})
