import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  type ModelContext,
  type Query,
  type Scorer,
  type TrainContext,
  TributaryError,
} from '../../../core/index.ts'
import { objectiveOptions, singleDomainTwins, trainingOptions } from '../../../families/ranking/index.ts'
import {
  askedOfOwn,
  blended,
  createSequenceModel,
  encodeHistories,
  headsDivideWidth,
  historyInputs,
  ownQuery,
  type SequenceEncoder,
  sequenceOptions,
} from '../../../families/sequence/index.ts'
import { type Dim, reshape } from '../../../tensor/index.ts'
import { type Branch, crossBranch, mixedHistory, singleBranch, singleHistory } from './branches.ts'
import { branches, type SynCRec, trainSyncrec } from './train.ts'
import { crossFeeds, fromStart, singleViews } from './views.ts'

const ABLATIONS = ['none', 'loss-correction', 'mutual-information', 'stop-gradient', 'mmoe'] as const
const { maxLength, initialization, sequences, ask } = sequenceOptions()

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
      .default(5)
      .describe('δ, temperature of the weights: smaller tells domains further apart'),
    eta: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe('η, share of the ranking losses; the rest is mutual information'),
    weighing: z
      .enum(['sums', 'means'])
      .default('sums')
      .meta({ before: 'means' })
      .describe(
        'what η weighs against the mutual information of a user: the losses of all their targets, as Eq. 18 is printed, or of the average target',
      ),
    rho: z
      .enum(['sigmoid', 'bilinear'])
      .default('sigmoid')
      .meta({ before: 'bilinear' })
      .describe('ρ of the mutual information: σ(UᵀWV), as Eq. 17 is printed, or UᵀWV / τ'),
    temperature: z.number().positive().default(0.2).describe('τ, where rho=bilinear'),
    start: z
      .boolean()
      .default(true)
      .meta({ before: false })
      .describe(
        'begin sequences with a learned vector, ⟨SOS⟩, so that the first event of a domain is predicted as well',
      ),
    window: z
      .enum(['own', 'mixed'])
      .default('own')
      .meta({ before: 'mixed' })
      .describe('a single-domain sequence is the last T events of the domain, or those of it among the last T of all'),
    branch: z
      .enum(['cross', 'single', 'blend'])
      .default('blend')
      .meta({ before: 'cross' })
      .describe(
        'what answers: the cross-domain branch, as in the paper, the single-domain one, or both in a share that each domain chooses on validation',
      ),
    ablation: z
      .enum(ABLATIONS)
      .default('none')
      .describe(
        'the part that is left out; mmoe leaves out all three, which is a sequential mixture of experts with a gate a task',
      ),
    maxLength,
    initialization,
    sequences,
    ask,
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

// Weights: `items` [V, r]; `positions` [maxLength, r], counted from the right; `domains` [D, r]; `starts/cross` [1, r] and
// `starts/single` [D, r] where sequences have a start; `expert{1…K}/…`; `gates/cross` by position [maxLength, r·K] and
// `gates/single` [D·maxLength, r·K]; `towers/{cross,single0,…}`; `bilinear` [r, r]; `share` [D] where `branch=blend`.
function create(config: Config, dataset: Dataset, context: ModelContext): SynCRec {
  const D = dataset.domains.length
  if (D < 2 && config.sequences === 'mixed')
    throw new TributaryError(
      'bad-argument',
      `syncrec learns across domains, but the dataset '${dataset.name}' has only one; train sasrec on it`,
    )
  const options = { ...config, domains: D }
  const placed = (places: readonly Dim[], { states }: Branch) => reshape(states, [...places, config.width])
  const named = { name: 'syncrec', itemDeviation: 0.02 }
  const model = createSequenceModel(named, config, dataset, context, (parameters) => ({
    encode: (inputs) => placed(inputs.keep.shape, crossBranch(parameters, mixedHistory(inputs, D), options, false)),
    feeds: (histories) => crossFeeds(histories, dataset),
  }))
  const { parameters, table, programs } = model
  // Declares the weights of both branches, so that they can be saved, loaded and trained before the first query.
  branches(model, historyInputs(table, 'T', 0), config, D)
  const cross: SynCRec = config.start ? { ...model, can: {}, score: started(model.score) } : model
  if (config.branch === 'cross') return cross
  const encoder: SequenceEncoder = {
    encode: ({ dropout }) =>
      placed(['B', 'S'], singleBranch(parameters, singleHistory(table, dropout, D).history, options, false)),
    feeds: (histories) =>
      // As many columns as places: a score must not depend on whose histories share the call.
      singleViews(histories, dataset, { ...config, start: false }, histories.length).feeds,
  }
  const score = encodeHistories({ ...config, encoder, parameters, table, programs, dataset, serving: context.serving })
  const single = askedOfOwn(config.start ? started(score, true) : score, dataset)
  if (config.branch === 'single') return { ...cross, can: {}, score: single }
  // Without a start the single-domain branch has no answer for who is new to a domain.
  const knows = (query: Query) => config.start || ownQuery(query, dataset).history.length > 0
  return blended(cross, single, dataset, knows)
}

/** Begins histories with ⟨SOS⟩: of the mixed sequence, or of that of the domain that is asked for. */
function started(score: Scorer['score'], single = false): Scorer['score'] {
  return (queries, range) =>
    score(
      queries.map((query) => ({ ...query, history: fromStart(query.history, single ? query.domain : undefined) })),
      range,
    )
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
  ...singleDomainTwins(create, (model: SynCRec, config: Config, context: TrainContext) =>
    trainSyncrec(model, config, context),
  ),
})
