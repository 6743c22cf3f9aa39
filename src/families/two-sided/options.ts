import { type output, type ZodObject, z } from 'zod'
import { CTR_METRICS } from '../../metrics/index.ts'
import { trainingOptions } from '../ranking/index.ts'

/** What every model of labels over two sides offers, whatever else it has. A model spreads it into its schema. */
export function labelOptions(defaults: {
  readonly learningRate: number
  readonly weightDecay?: number
  readonly batchSize: number
  readonly epochs?: number
  readonly patience?: number
}) {
  return {
    positiveAbove: z.number().default(3).describe('a value above it is a positive label'),
    source: z
      .enum(['loss', 'features', 'none'])
      .default('loss')
      .describe(
        'what the source domains give: features and a loss of their own, features only (the -0 form), nothing (-S)',
      ),
    sourceWeight: z
      .number()
      .min(0)
      .default(1)
      .describe('γ, the weight of the mean source loss beside the mean target loss'),
    pairing: z
      .enum(['any', 'before', 'independent'])
      .default('any')
      .describe(
        'the source behaviors in a step: one drawn for each target behavior from the same user, of any time before the cut or only from before that behavior; or a batch of its own',
      ),
    tableDeviation: z
      .number()
      .positive()
      .default(0.1)
      .describe('standard deviation of the entries of tables before training; PyTorch starts tables with 1'),
    ...trainingOptions({ epochs: 50, patience: 5, unit: 'target behaviors', weightDecay: 0.001, ...defaults }),
    metric: z
      .enum(CTR_METRICS.map(({ name }) => name))
      .default('auc')
      .describe('validation metric that selects the weights'),
  }
}

export type LabelConfig = output<ZodObject<ReturnType<typeof labelOptions>>>
