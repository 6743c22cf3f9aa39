import { z } from 'zod'
import { findMetric } from '../../metrics/index.ts'
import { RANKING_LOSSES, type RankingLossName } from './objective.ts'

// Options that models share, declared once so that they are called and explained alike. A model spreads them into its own schema
// and states its own defaults.

/** The choice of objective that every ranking model offers. */
export function objectiveOptions(defaults: { readonly loss: RankingLossName }) {
  return {
    loss: z
      .enum(RANKING_LOSSES)
      .default(defaults.loss)
      .describe('ranking objective; softmax is over all that `negatives` allows'),
    samples: z.int().min(1).default(512).describe('items drawn per domain and batch by sampled-softmax'),
    negatives: z
      .enum(['domain', 'all'])
      .default('domain')
      .describe('what a target is told apart from: items of its domain, or of the whole catalogue'),
  }
}

/** The rule of the option `metric`. */
function measuresRankings() {
  const fits = (name: string) => (findMetric(name)?.of ?? 'predictions') !== 'predictions'
  const error = ({ input }: { readonly input?: unknown }) =>
    `there is no metric '${input}' of rankings; choose one such as ndcg@10, hr@20, mrr or coverage@10`
  return [fits, { error }] as const
}

/** How weights are updated, and when that stops. What a model does not say is what most models of sequences take. */
export function trainingOptions(defaults: {
  readonly learningRate: number
  readonly weightDecay?: number
  readonly adam?: 'dense' | 'lazy'
  readonly batchSize?: number
  /** What a batch counts: sequences, interactions. */
  readonly unit?: string
  readonly epochs?: number
  readonly patience?: number
}) {
  const { learningRate, weightDecay = 0, adam = 'dense' } = defaults
  const { batchSize = 128, unit = 'sequences', epochs = 200, patience = 10 } = defaults
  return {
    learningRate: z.number().positive().default(learningRate).describe('of Adam'),
    weightDecay: z.number().min(0).default(weightDecay).describe('L2 penalty inside Adam'),
    adam: z.enum(['dense', 'lazy']).default(adam).describe('whether Adam updates whole tables or touched rows only'),
    batchSize: z.int().min(1).default(batchSize).describe(`${unit} in a step`),
    epochs: z.int().min(1).default(epochs).describe('most epochs'),
    patience: z
      .int()
      .min(0)
      .default(patience)
      .describe('epochs without gain on validation before stopping; 0 never stops'),
    metric: z
      .string()
      .refine(...measuresRankings())
      .default('ndcg@10')
      .describe('validation metric that selects the weights, with any cut-off: ndcg@20, hr@10, mrr, coverage@10, …'),
  }
}
