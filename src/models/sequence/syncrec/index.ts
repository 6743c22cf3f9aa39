import { z } from 'zod'
import { type Dataset, defineModel, type ModelContext, type TrainContext, TributaryError } from '../../../core/index.ts'
import { objectiveOptions, trainingOptions } from '../../../families/ranking/index.ts'
import {
  createSequenceModel,
  type EncoderInputs,
  encodeHistories,
  headsDivideWidth,
  historyInputs,
  type SequenceEncoder,
  sequenceOptions,
} from '../../../families/sequence/index.ts'
import { reshape } from '../../../tensor/index.ts'
import { blended } from './blend.ts'
import { type Branch, crossBranch, historyOf, singleBranch } from './branches.ts'
import { branches, type SynCRec, trainSyncrec } from './train.ts'
import { crossFeeds, singleViews } from './views.ts'

const ABLATIONS = ['none', 'loss-correction', 'mutual-information', 'stop-gradient', 'mmoe'] as const
const { maxLength, initialization } = sequenceOptions()

const config = z
  .object({
    width: z.int().min(1).default(64).describe('r, the width of embeddings and states'),
    experts: z.int().min(2).default(5).describe('K, Transformer experts shared by all tasks'),
    crossExperts: z
      .int()
      .min(1)
      .default(3)
      .describe('j, experts that only the cross-domain task trains; the others learn from single-domain tasks'),
    layers: z.int().min(1).default(2).describe('Transformer blocks of an expert'),
    heads: z.int().min(1).default(1).describe('attention heads; must divide the width'),
    expansion: z
      .int()
      .min(1)
      .default(1)
      .describe('inner width of feed-forward networks, in widths (the released code has 4)'),
    domainEmbedding: z.boolean().default(true).describe("add a vector of the item's domain to its embedding"),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings, attention, blocks and towers'),
    alpha: z.number().min(0).default(0.9).describe('α, how much the last weight of a domain counts in the next'),
    beta: z.number().min(0).default(1).describe('β, how much the negative transfer gap counts in it'),
    delta: z
      .number()
      .positive()
      .default(1)
      .describe('δ, temperature of the weights: smaller tells domains further apart'),
    eta: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe('η, share of the ranking losses; the rest is mutual information'),
    temperature: z.number().positive().default(0.2).describe('τ of the mutual information'),
    branch: z
      .enum(['cross', 'blend'])
      .default('cross')
      .describe(
        'what answers: the cross-domain branch, or both branches in a share that each domain chooses on validation',
      ),
    ablation: z
      .enum(ABLATIONS)
      .default('none')
      .describe(
        'the part that is left out; mmoe leaves out all three, which is a sequential mixture of experts with a gate a task',
      ),
    maxLength,
    initialization,
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())
  .refine(({ experts, crossExperts }) => crossExperts < experts, {
    error: ({ input }) => {
      const { experts, crossExperts } = input as { experts: number; crossExperts: number }
      return `of ${experts} experts at most ${experts - 1} can belong to the cross-domain task, ${crossExperts} were given`
    },
    path: ['crossExperts'],
  })

export type Config = z.output<typeof config>

// Weights: `items` [V, r]; `positions` [maxLength, r], counted from the right; `domains` [D, r]; `expert{1…K}/…`;
// `gates/cross` by position [maxLength, r·K] and `gates/single` [D·maxLength, r·K];
// `towers/{cross,single0,…}`; `bilinear` [r, r]; `share` [D] where `branch=blend`.
function create(config: Config, dataset: Dataset, context: ModelContext): SynCRec {
  const D = dataset.domains.length
  if (D < 2)
    throw new TributaryError(
      'bad-argument',
      `syncrec learns across domains, but the dataset '${dataset.name}' has only one; train sasrec on it`,
    )
  const options = { ...config, domains: D }
  const placed = ({ keep }: EncoderInputs, { states }: Branch) => reshape(states, [...keep.shape, config.width])
  const named = { name: 'syncrec', itemDeviation: 0.02 }
  const model = createSequenceModel(named, config, dataset, context, (parameters) => ({
    encode: (inputs) => placed(inputs, crossBranch(parameters, historyOf(inputs, D), options, false)),
    feeds: (histories) => crossFeeds(histories, dataset),
  }))
  const { parameters, table, programs } = model
  // Declares the weights of both branches, so that they can be saved, loaded and trained before the first query.
  branches(parameters, historyInputs(table, 'T', 0), config, D)
  if (config.branch === 'cross') return model
  const encoder: SequenceEncoder = {
    encode: (inputs) => placed(inputs, singleBranch(parameters, historyOf(inputs, D), options, false)),
    feeds: (batch) => {
      // As many columns as places: a score must not depend on whose histories share the call.
      const asked = { ...batch, user: new Int32Array(batch.size), targets: new Int32Array(batch.items.length) }
      return {
        ...crossFeeds(batch, dataset),
        ...singleViews(asked, undefined, dataset, batch.length).feeds,
      }
    },
  }
  return blended(model, encodeHistories({ ...config, encoder, parameters, table, programs }), dataset)
}

export const syncrec = defineModel({
  name: 'syncrec',
  task: 'ranking',
  summary: 'experts for single- and cross-domain sequences, with each domain weighed by its negative transfer gap',
  paper: {
    title:
      'Pacer and Runner: Cooperative Learning Framework between Single- and Cross-Domain Sequential Recommendation',
    year: 2024,
    venue: 'SIGIR',
  },
  config,
  trusts: 'domain',
  create: (config, dataset, _split, context) => create(config, dataset, context),
  train: (model: SynCRec, config, context: TrainContext) => trainSyncrec(model, config, context),
})
