import { type output, type ZodObject, z } from 'zod'
import { trackerOptions } from '../acting/index.ts'

/** The options of every policy that learns from the log alone; a policy adds its own. */
export function offlineOptions(defaults: { readonly steps?: number } = {}) {
  return {
    domain: z
      .string()
      .default('')
      .describe('where it recommends; may be left out where there is one domain, or a truth'),
    ...trackerOptions({ tracker: 'average', window: 3 }),
    width: z.int().min(1).default(40).describe('d, the width of item vectors (and of user vectors)'),
    user: z.enum(['none', 'vector']).default('none').describe('whether it knows the user besides the episode'),
    hidden: z.array(z.int().min(1)).default([64, 64]).describe('units of the layers that its heads share'),
    gamma: z.number().min(0).max(1).default(0.9).describe('γ, what a reward of the next turn counts today'),
    steps: z
      .int()
      .min(1)
      .default(defaults.steps ?? 3)
      .describe('rewards that are summed before the next state is asked for the rest'),
    maxLength: z.int().min(1).default(30).describe("rows after which a user's log is cut into another episode"),
    order: z
      .enum(['log', 'drawn'])
      .default('log')
      .describe("the order of a user's rows: that of the log, or any, where the log knows no times"),
    targetEvery: z.int().min(1).default(320).describe('updates after which the target network is copied anew'),
    learningRate: z.number().positive().default(0.001).describe('of Adam'),
    batchSize: z.int().min(1).default(1024).describe('rows in an update, drawn from the log with replacement'),
    updatesPerEpoch: z.int().min(1).default(200).describe('updates in an epoch; the published runs have 1,000'),
    epochs: z.int().min(1).default(50).describe('epochs; the last one is kept'),
  }
}

/** What `offlineOptions` declare. */
export type OfflineConfig = output<ZodObject<ReturnType<typeof offlineOptions>>>
