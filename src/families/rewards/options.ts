import { type output, type ZodObject, z } from 'zod'
import { learnsWithOption } from '../acting/index.ts'
import { LABEL_FIELDS } from './fields.ts'

/** What a row of the log counts. */
export const WEIGHTINGS_OF_ROWS = ['none', 'inverse-propensity', 'inverse-counts'] as const

/** What is not given is as published. */
interface RewardDefaults {
  readonly ensemble: number
  readonly deviation?: number
  readonly negatives?: number
  readonly l2?: number
  readonly learningRate?: number
  readonly batchSize?: number
  readonly epochs?: number
}

/** Options of everything that learns rewards from a log, declared once so that they are called and explained alike. */
export function rewardOptions(defaults: RewardDefaults) {
  return {
    width: z.int().min(1).default(8).describe('d, the width of the vectors of ids and labels'),
    deviation: z
      .number()
      .min(0)
      .default(defaults.deviation ?? 0.001)
      .describe('standard deviation of vectors and weights of ids and labels before training'),
    userFeatures: z
      .boolean()
      .default(true)
      .describe(
        'whether attributes of users are read besides who they are; published world models of videos read none',
      ),
    labelFields: z
      .enum(LABEL_FIELDS)
      .default('mean')
      .describe(
        'what several labels of one feature are: one field of their mean, or a field each over one table, as published for categories of videos',
      ),
    hidden: z.array(z.int().min(1)).min(1).default([128, 128]).describe('hidden units of the layers of the deep part'),
    ensemble: z
      .int()
      .min(1)
      .default(defaults.ensemble)
      .describe('networks, which differ in their start and their shuffles'),
    output: z
      .enum(['identity', 'sigmoid'])
      .default('identity')
      .describe('what the prediction goes through; sigmoid for values from 0 to 1'),
    negatives: z
      .int()
      .min(0)
      .default(defaults.negatives ?? 5)
      .describe('pairs drawn for each row and pulled to 0; a row is repeated as often. 0 learns from the rows alone'),
    negativesDrawn: z
      .enum(['each', 'once'])
      .default('each')
      .describe('when: anew in each step, or once, before training, as the released code does'),
    weighting: z
      .enum(WEIGHTINGS_OF_ROWS)
      .default('none')
      .describe(
        'what a row counts: 1; 1 / rows of its item, scaled to a mean of 1 (inverse-propensity) or as it is, beside negatives of 1 (inverse-counts)',
      ),
    loss: z
      .enum(['likelihood', 'squared'])
      .default('likelihood')
      .describe(
        'what is lowered: the likelihood of a normal distribution with its variance, or the squared error alone',
      ),
    l2: z
      .number()
      .min(0)
      .default(defaults.l2 ?? 0.1)
      .describe('penalty of the squared weights, once a batch, beside its summed loss'),
    l2Of: z
      .enum(['layers', 'all'])
      .default('layers')
      .describe(
        'of which weights: those of layers and heads, or all, with biases, vectors and weights of ids and labels',
      ),
    l2Vectors: z
      .number()
      .min(0)
      .default(0)
      .describe(
        'penalty of the squared vectors and weights of ids and labels, once for each row of a batch that reads them',
      ),
    start: z
      .enum(['glorot', 'normal'])
      .default('glorot')
      .describe(
        "weights of layers before training: Glorot's uniform, or normal with `deviation`, as the released code has them",
      ),
    adam: z
      .enum(['lazy', 'dense'])
      .default('lazy')
      .describe('whether Adam moves the vectors of a batch alone, or all in every step'),
    learningRate: z
      .number()
      .positive()
      .default(defaults.learningRate ?? 0.001)
      .describe('of Adam'),
    batchSize: z
      .int()
      .min(1)
      .default(defaults.batchSize ?? 1024)
      .describe('rows in a step, each with its negative'),
    epochs: z
      .int()
      .min(1)
      .default(defaults.epochs ?? 5)
      .describe('most epochs; in one each row comes as often as it has negatives'),
    holdOut: z
      .number()
      .min(0)
      .max(0.9)
      .default(0)
      .describe('share of the training rows set apart, on which the best epoch is chosen; 0 keeps the last epoch'),
    patience: z
      .int()
      .min(0)
      .default(0)
      .describe('epochs without gain on the held-out rows before stopping; 0 never stops'),
    domain: z
      .string()
      .default('')
      .describe('whose rewards are learned; may be empty where there is one domain only, or a truth'),
    ...learnsWithOption,
  }
}

/** What `rewardOptions` declare. */
export type RewardConfig = output<ZodObject<ReturnType<typeof rewardOptions>>>
/** The part of them that makes a network. */
export type RewardNetworkConfig = Pick<RewardConfig, 'width' | 'deviation' | 'hidden' | 'ensemble' | 'output'> &
  Partial<Pick<RewardConfig, 'userFeatures' | 'labelFields' | 'start' | 'l2Of'>>
